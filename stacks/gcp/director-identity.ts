import type { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import { SubnetworkIAMMember } from "@pulumi/gcp/compute/subnetworkIAMMember.js";
import { IAMCustomRole } from "@pulumi/gcp/projects/iamcustomRole.js";
import { IAMMember as ProjectMember } from "@pulumi/gcp/projects/iammember.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import { IAMMember as AccountMember } from "@pulumi/gcp/serviceaccount/iammember.js";
import * as pulumi from "@pulumi/pulumi";
import { namePrefix } from "../../config/application-platform/names.ts";
import { shortName } from "../../config/short-name.ts";
import type { Context } from "./settings.ts";

/** Google's limit of the length of an account's name. */
const longestName = 30;

const lookedAt = [
  "addresses",
  "backendServices",
  "diskTypes",
  "disks",
  "images",
  "instanceGroups",
  "instances",
  "machineTypes",
  "networks",
  "regions",
  "snapshots",
  "subnetworks",
  "targetPools",
  "zones",
];

/** Permissions by which the CPI finds its way; they are for the whole project, as its lists are. */
export const lookPermissions: readonly string[] = [
  ...lookedAt.flatMap((kind) => ["get", "list"].map((verb) => `compute.${kind}.${verb}`)),
  ...["globalOperations", "projects", "regionOperations", "zoneOperations"].map((kind) => `compute.${kind}.get`),
];

/**
 * Permissions of the roles that upstream's guide gives (docs/bosh of bosh-google-cpi-release) that light stemcells,
 * disks, snapshots and addresses need. Light stemcells are public images: none is made.
 */
export const changePermissions: readonly string[] = [
  "compute.addresses.use",
  "compute.disks.create",
  "compute.disks.createSnapshot",
  "compute.disks.delete",
  "compute.disks.resize",
  "compute.disks.setLabels",
  "compute.disks.use",
  "compute.disks.useReadOnly",
  "compute.instances.addAccessConfig",
  "compute.instances.attachDisk",
  "compute.instances.create",
  "compute.instances.delete",
  "compute.instances.deleteAccessConfig",
  "compute.instances.detachDisk",
  "compute.instances.reset",
  "compute.instances.setLabels",
  "compute.instances.setMetadata",
  "compute.instances.setServiceAccount",
  "compute.instances.setTags",
  "compute.snapshots.create",
  "compute.snapshots.delete",
  "compute.snapshots.setLabels",
  "compute.snapshots.useReadOnly",
];

/** Prefixes of the names of what the CPI makes, by the kind of thing. A boot disk is called as its VM. */
const boshNames: Record<string, { collection: string; prefixes: string[] }> = {
  Instance: { collection: "instances", prefixes: ["vm-"] },
  Disk: { collection: "disks", prefixes: ["vm-", "disk-"] },
  Snapshot: { collection: "snapshots", prefixes: ["snapshot-"] },
};

/**
 * Condition by which machines and disks whose names are not BOSH's, such as this installer's, cannot be harmed:
 * conditions know names, not labels.
 */
export const onlyOfBosh: string = Object.entries(boshNames)
  .map(([kind, { collection, prefixes }]) => {
    const named = prefixes.map((prefix) => `resource.name.extract("/${collection}/{name}").startsWith("${prefix}")`);
    return `(resource.type != "compute.googleapis.com/${kind}" || ${named.join(" || ")})`;
  })
  .join(" && ");

interface DirectorIdentity {
  /** Address of the account, known once it may do what it must. */
  email: pulumi.Output<string>;
  project: pulumi.Output<string>;
}

/**
 * Makes the instance identity of the director's VM, and of the jump host, which makes that VM by the same CPI. Least
 * privilege: VMs in the given subnets only, with no account but its own, and no harm to what BOSH did not make.
 */
export function createDirectorIdentity(
  { environment }: Context,
  name: string,
  subnets: readonly Subnetwork[],
  opts: pulumi.CustomResourceOptions,
): DirectorIdentity {
  const resourceName = `${name}-director-identity`;
  const accountId = shortName(`${namePrefix(environment)}-director`, longestName);
  const displayName = `K-PaaS ${environment.name}: BOSH's director`;
  const account = new Account(resourceName, { accountId, displayName }, opts);
  const { member, project } = account;
  const role = (part: string, permissions: readonly string[]) =>
    new IAMCustomRole(
      `${resourceName}-${part}`,
      {
        // A role's name is taken for 37 days after it is deleted; an account's number is new each time.
        roleId: pulumi.interpolate`kpaas_${account.uniqueId}_${part}`,
        title: `${displayName}, ${part}`,
        permissions: [...permissions],
      },
      opts,
    ).name;
  const granted = [
    new ProjectMember(`${resourceName}-look`, { project, member, role: role("look", lookPermissions) }, opts),
    new ProjectMember(
      `${resourceName}-change`,
      {
        project,
        member,
        role: role("change", changePermissions),
        condition: { title: "only of BOSH", expression: onlyOfBosh },
      },
      opts,
    ),
    new AccountMember(
      `${resourceName}-itself`,
      { serviceAccountId: account.name, member, role: "roles/iam.serviceAccountUser" },
      opts,
    ),
    ...subnets.map(
      (subnet, zone) =>
        new SubnetworkIAMMember(
          `${resourceName}-${zone + 1}`,
          { project, region: subnet.region, subnetwork: subnet.name, member, role: "roles/compute.networkUser" },
          opts,
        ),
    ),
  ];
  const email = pulumi.all([account.email, pulumi.all(granted.map(({ id }) => id))]).apply(([known]) => known);
  return { email, project };
}
