import { createHash } from "node:crypto";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { RoleDefinition } from "@pulumi/azure-native/authorization/roleDefinition.js";
import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import * as pulumi from "@pulumi/pulumi";
import { namePrefix } from "../../config/application-platform/names.ts";
import type { Context } from "./context.ts";
import { placed } from "./provider.ts";

const on = (type: string, ...verbs: string[]): string[] => verbs.map((verb) => `Microsoft.${type}/${verb}`);

/**
 * Actions in BOSH's own resource group: those of the role that upstream's guide gives (Contributor) that VMs in zones,
 * managed disks and stemcells of a storage account need.
 */
export const boshActions: readonly string[] = [
  ...on("Resources/subscriptions/resourceGroups", "read"),
  ...on("Compute/virtualMachines", "read", "write", "delete", "restart/action", "instanceView/read"),
  ...on("Compute/disks", "read", "write", "delete"),
  ...on("Compute/snapshots", "read", "write", "delete"),
  ...on("Compute/images", "read", "write", "delete"),
  ...on("Network/networkInterfaces", "read", "write", "delete", "join/action"),
  ...on("Network/networkSecurityGroups", "read", "join/action"),
  ...on("Network/applicationSecurityGroups", "read", "joinIpConfiguration/action"),
  ...on("Network/publicIPAddresses", "read", "join/action"),
  ...on("Storage/storageAccounts", "read", "listKeys/action"),
  ...on("ManagedIdentity/userAssignedIdentities", "read", "assign/action"),
];

/** Actions in the virtual network's resource group, where the CPI looks for groups before it does in BOSH's own. */
export const networkActions: readonly string[] = [
  ...on("Network/virtualNetworks", "read", "subnets/read"),
  ...on("Network/networkSecurityGroups", "read"),
  ...on("Network/applicationSecurityGroups", "read"),
];

/** Actions on the VMs' subnets alone. */
export const subnetActions: readonly string[] = on("Network/virtualNetworks/subnets", "join/action");

export interface DirectorScope {
  subscriptionId: pulumi.Output<string>;
  /** Id of BOSH's own resource group. */
  groupId: pulumi.Output<string>;
  /** Name of the virtual network's resource group. */
  networkGroup: pulumi.Output<string>;
  /** Ids of the VMs' subnets. */
  subnetIds: pulumi.Output<string>[];
}

interface DirectorIdentity {
  /** Id that is known, as the name is, once the identity may do what it must. */
  id: pulumi.Output<string>;
  name: pulumi.Output<string>;
}

/** Makes the instance identity of the director's VM, and of the jump host, which makes that VM by the same CPI. */
export function createDirectorIdentity(
  context: Context,
  name: string,
  { subscriptionId, groupId, networkGroup, subnetIds }: DirectorScope,
  opts: pulumi.CustomResourceOptions,
): DirectorIdentity {
  const prefix = namePrefix(context.environment);
  const resourceName = `${name}-director-identity`;
  const identity = new UserAssignedIdentity(
    resourceName,
    { resourceName: `${prefix}-director`, ...placed(context, resourceName) },
    opts,
  );
  const networkGroupId = pulumi.interpolate`/subscriptions/${subscriptionId}/resourceGroups/${networkGroup}`;
  const number = (what: string) =>
    subscriptionId.apply((subscription) => uuidOf(`${subscription}/${resourceName}/${prefix}/${what}`));
  const grant = (what: string, scope: pulumi.Output<string>, roleDefinitionId: pulumi.Output<string>) =>
    new RoleAssignment(
      `${resourceName}-${what}`,
      {
        roleAssignmentName: number(`assignment/${what}`),
        scope,
        roleDefinitionId,
        principalId: identity.principalId,
        // Without it Azure asks its directory, which hears of a new identity only later.
        principalType: "ServicePrincipal",
      },
      // An assignment is one identity's, and its number is taken until it is gone.
      { ...opts, deleteBeforeReplace: true },
    );
  const role = (what: string, scope: pulumi.Output<string>, actions: readonly string[]) => {
    const roleDefinitionId = number(`role/${what}`);
    const { id } = new RoleDefinition(
      `${resourceName}-${what}`,
      {
        roleDefinitionId,
        // Unique among all subscriptions of a tenant.
        roleName: pulumi.interpolate`${prefix}-director-${what}-${subscriptionId}`,
        description: `K-PaaS ${context.environment.name}: BOSH's director, ${what}`,
        scope,
        assignableScopes: [scope],
        permissions: [{ actions: [...actions] }],
      },
      opts,
    );
    // As assignments are told of it, wherever it may be assigned.
    return pulumi
      .all([subscriptionId, roleDefinitionId, id])
      .apply(
        ([subscription, known]) =>
          `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${known}`,
      );
  };
  const subnetRole = role("subnets", networkGroupId, subnetActions);
  const granted = [
    grant("bosh", groupId, role("bosh", groupId, boshActions)),
    grant("network", networkGroupId, role("network", networkGroupId, networkActions)),
    ...subnetIds.map((id, zone) => grant(`subnet-${zone + 1}`, id, subnetRole)),
  ];
  const ready = pulumi.all(granted.map(({ id }) => id));
  const once = (value: pulumi.Output<string>) => pulumi.all([value, ready]).apply(([known]) => known);
  return { id: once(identity.id), name: once(identity.name) };
}

/** Gives a UUID, the same for the same text, in the form of RFC 9562's version 8. */
function uuidOf(text: string): string {
  const digest = createHash("sha256").update(text).digest("hex");
  const [a, b, c, d, e] = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(13, 16),
    digest.slice(17, 20),
    digest.slice(20, 32),
  ];
  return `${a}-${b}-8${c}-8${d}-${e}`;
}
