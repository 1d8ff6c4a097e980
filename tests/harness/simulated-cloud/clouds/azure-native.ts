import type { Properties } from "../../../../provider/values.ts";
import type { Cloud, TypeFacts } from "../cloud.ts";
import type { CloudObject } from "../store.ts";
import { isWithinRanges, publicAddress } from "./common.ts";

const [subscriptionId, tenantId] = ["00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001"];
const subscription = `/subscriptions/${subscriptionId}`;
const roleDefinitions = "Microsoft.Authorization/roleDefinitions";
const group = (inputs: Properties) => `${subscription}/resourceGroups/${inputs.resourceGroupName}`;

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const usualName = /^[A-Za-z0-9]([\w.-]{0,78}\w)?$/;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Gives facts of a type whose ids are paths of names; `parent` is the input that names the resource it lies in. */
function resource(path: string, nameInput: string, more: TypeFacts & { parent?: string } = {}): TypeFacts {
  const { parent, ...facts } = more;
  const [outer = "", inner] = path.split("/*/");
  return {
    patterns: { [nameInput]: usualName },
    ...facts,
    nameInput,
    id: (inputs, logical) => {
      const own = inputs[nameInput] ?? logical;
      const place = parent === undefined ? outer : `${outer}/${inputs[parent]}/${inner}`;
      return `${group(inputs)}/providers/${place}/${own}`;
    },
    replaceOn: [nameInput, "resourceGroupName", "location", ...(parent ? [parent] : []), ...(facts.replaceOn ?? [])],
    outputs: (object, random, look) => ({
      name: object.id.split("/").at(-1),
      provisioningState: "Succeeded",
      type: path.replace("/*", ""),
      ...facts.outputs?.(object, random, look),
    }),
  };
}

/** An id of something in a group, or of a role: an image of the cloud's own has no group. */
const isReference =
  /^\/subscriptions\/[^/]+\/(resourcegroups|providers\/microsoft\.authorization\/roledefinitions)\/[^/]+/i;

/** Id of a part that is no resource of its own, and stands for its resource. */
const partOf = /(\/(loadbalancers|networkinterfaces|applicationgateways)\/[^/]+)\/.*$/;

/** Gives the id of the interface that is made with the machine, not by the program. */
const ownInterface = (id: string) =>
  `${id.replace("Microsoft.Compute/virtualMachines", "Microsoft.Network/networkInterfaces")}-nic`;

const ipConfigurationsOf = ({ outputs, inputs }: CloudObject) => {
  const profile = (outputs.networkProfile ?? inputs.networkProfile) as Properties;
  const [own] = (profile.networkInterfaceConfigurations ?? []) as Properties[];
  return own?.ipConfigurations;
};

/** Answers a data source, called as what it reads (`getDisk`) and told its names, or its number and scope. */
function read(type: string) {
  return (args: Properties, objects: () => CloudObject[]): Properties => {
    const kind = type.slice(type.indexOf(":") + 1);
    const found = objects().find(
      (object) =>
        object.type.endsWith(`:${type}`) && Object.entries(args).every(([key, name]) => object.inputs[key] === name),
    );
    if (!found) throw Object.assign(new Error(missing(kind, JSON.stringify(args))), { stack: "" });
    return { ...found.inputs, ...found.outputs, id: found.id };
  };
}

const uuid = (random: string) => random.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");

const isWithin = (scope: unknown, outer: unknown) => `${scope}/`.toLowerCase().startsWith(`${outer}/`.toLowerCase());

const missing = (kind: string, id: string) =>
  `Code="ResourceNotFound" Message="The Resource '${kind}/${id}' was not found."`;

/** Answers for an interface. Those that machines bring are no objects of their own. */
function readInterface(args: Properties, objects: () => CloudObject[]): Properties {
  const machine = objects().find(
    ({ id, type }) => type.endsWith(":VirtualMachine") && ownInterface(id).endsWith(`/${args.networkInterfaceName}`),
  );
  if (!machine) return read("network:NetworkInterface")(args, objects);
  return { id: ownInterface(machine.id), ipConfigurations: ipConfigurationsOf(machine) };
}

const withIds = (id: string, collection: string, parts: unknown) =>
  Array.isArray(parts) ? parts.map((part) => ({ ...part, id: `${id}/${collection}/${part.name}` })) : undefined;

const types: Record<string, TypeFacts> = {
  "resources:ResourceGroup": {
    nameInput: "resourceGroupName",
    id: ({ resourceGroupName }, logical) => `${subscription}/resourceGroups/${resourceGroupName ?? logical}`,
    replaceOn: ["resourceGroupName", "location"],
    outputs: ({ id }) => ({ name: id.split("/").at(-1), type: "Microsoft.Resources/resourceGroups" }),
  },
  "network:VirtualNetwork": resource("Microsoft.Network/virtualNetworks", "virtualNetworkName", {
    outputs: ({ id, inputs }) => ({ subnets: withIds(id, "subnets", inputs.subnets) }),
    refuses: ({ inputs }) => {
      const { addressPrefixes = [] } = (inputs.addressSpace ?? {}) as { addressPrefixes?: string[] };
      const subnets = (inputs.subnets ?? []) as Properties[];
      const outside = subnets.find(
        ({ addressPrefix }) => addressPrefix !== undefined && !isWithinRanges(addressPrefix, addressPrefixes),
      );
      return outside && `Code="NetcfgSubnetRangeOutsideVnet" Message="${outside.name}"`;
    },
  }),
  "network:Subnet": resource("Microsoft.Network/virtualNetworks/*/subnets", "subnetName", {
    parent: "virtualNetworkName",
    replaceOn: ["addressPrefix", "addressPrefixes"],
  }),
  "network:NetworkSecurityGroup": resource("Microsoft.Network/networkSecurityGroups", "networkSecurityGroupName", {
    refuses: ({ inputs }) => {
      const rules = (inputs.securityRules ?? []) as Properties[];
      const isTwice = (key: string) => new Set(rules.map((rule) => rule[key])).size < rules.length;
      if (isTwice("name") || isTwice("priority"))
        return `Code="SecurityRuleConflict" Message="${inputs.networkSecurityGroupName}"`;
      const wrong = rules.find(
        ({ name, priority }) => !usualName.test(String(name)) || Number(priority) < 100 || Number(priority) > 4096,
      );
      return wrong && `Code="SecurityRuleInvalid" Message="${wrong.name} ${wrong.priority}"`;
    },
  }),
  "network:SecurityRule": resource("Microsoft.Network/networkSecurityGroups/*/securityRules", "securityRuleName", {
    parent: "networkSecurityGroupName",
  }),
  "network:ApplicationSecurityGroup": resource(
    "Microsoft.Network/applicationSecurityGroups",
    "applicationSecurityGroupName",
  ),
  "network:NatGateway": resource("Microsoft.Network/natGateways", "natGatewayName"),
  "network:PublicIPAddress": resource("Microsoft.Network/publicIPAddresses", "publicIpAddressName", {
    replaceOn: ["sku", "zones"],
    outputs: (_object, random) => ({ ipAddress: publicAddress(random) }),
  }),
  "network:NetworkInterface": resource("Microsoft.Network/networkInterfaces", "networkInterfaceName", {
    addresses: [{ within: "ipConfigurations", subnet: "subnet", address: "privateIPAddress" }],
    outputs: (_object, random) => ({ macAddress: random.slice(0, 12).toUpperCase() }),
  }),
  "network:LoadBalancer": resource("Microsoft.Network/loadBalancers", "loadBalancerName", {
    addresses: [{ within: "frontendIPConfigurations", subnet: "subnet", address: "privateIPAddress" }],
    outputs: ({ id, inputs, outputs }) => ({
      frontendIPConfigurations: withIds(
        id,
        "frontendIPConfigurations",
        outputs.frontendIPConfigurations ?? inputs.frontendIPConfigurations,
      ),
      backendAddressPools: withIds(id, "backendAddressPools", inputs.backendAddressPools),
      probes: withIds(id, "probes", inputs.probes),
    }),
  }),
  "compute:AvailabilitySet": resource("Microsoft.Compute/availabilitySets", "availabilitySetName"),
  "compute:ProximityPlacementGroup": resource(
    "Microsoft.Compute/proximityPlacementGroups",
    "proximityPlacementGroupName",
  ),
  "compute:SshPublicKey": resource("Microsoft.Compute/sshPublicKeys", "sshPublicKeyName"),
  "compute:Disk": resource("Microsoft.Compute/disks", "diskName", { replaceOn: ["zones", "creationData"] }),
  "compute:VirtualMachineScaleSet": resource("Microsoft.Compute/virtualMachineScaleSets", "vmScaleSetName"),
  "compute:VirtualMachine": resource("Microsoft.Compute/virtualMachines", "vmName", {
    replaceOn: ["zones", "osProfile", "availabilitySet"],
    addresses: [{ within: "networkProfile", subnet: "subnet", address: "privateIPAddress" }],
    outputs: ({ id, inputs, outputs }) => {
      const profile = (outputs.networkProfile ?? inputs.networkProfile ?? {}) as Properties;
      const own = profile.networkInterfaceConfigurations ? { networkInterfaces: [{ id: ownInterface(id) }] } : {};
      return { vmId: outputs.vmId ?? crypto.randomUUID(), networkProfile: { ...profile, ...own } };
    },
    deletableInUse: true,
  }),
  "storage:StorageAccount": {
    ...resource("Microsoft.Storage/storageAccounts", "accountName", { patterns: { accountName: /^[a-z0-9]{3,24}$/ } }),
    // Unique in the world.
    unique: ["accountName"],
  },
  "managedidentity:UserAssignedIdentity": resource("Microsoft.ManagedIdentity/userAssignedIdentities", "resourceName", {
    outputs: (_object, random) => ({ principalId: uuid(random), clientId: uuid(random.slice(32)), tenantId }),
    deletableInUse: true,
  }),
  "authorization:RoleDefinition": {
    nameInput: "roleDefinitionId",
    patterns: { roleDefinitionId: guid },
    // Its id is the same wherever it may be assigned.
    id: ({ roleDefinitionId }, logical) =>
      `${subscription}/providers/${roleDefinitions}/${roleDefinitionId ?? logical}`,
    unique: ["roleName"],
    replaceOn: ["roleDefinitionId", "scope"],
    outputs: ({ id }) => ({ name: id.split("/").at(-1), type: roleDefinitions }),
  },
  "authorization:RoleAssignment": {
    nameInput: "roleAssignmentName",
    patterns: { roleAssignmentName: guid, principalId: guid },
    id: ({ scope, roleAssignmentName }, logical) =>
      `${scope}/providers/Microsoft.Authorization/roleAssignments/${roleAssignmentName ?? logical}`,
    unique: ["scope", "roleDefinitionId", "principalId"],
    replaceOn: ["roleAssignmentName", "scope", "roleDefinitionId", "principalId", "principalType"],
    refuses: ({ inputs }, look) => {
      const scopes = [look(inputs.roleDefinitionId).assignableScopes].flat();
      return scopes.some((scope) => isWithin(inputs.scope, scope))
        ? undefined
        : `Code="RoleDefinitionNotAssignable" Message="${inputs.roleDefinitionId} cannot be assigned at ${inputs.scope}."`;
    },
    outputs: ({ id }) => ({ name: id.split("/").at(-1), type: "Microsoft.Authorization/roleAssignments" }),
  },
};

const reads = Object.keys(types).map((type) => [type.replace(":", ":get"), read(type)]);

export const azureNative: Cloud = {
  sdk: "@pulumi/azure-native",
  types,
  newId: (type, inputs, name) => `${group(inputs)}/providers/${type.split(":").slice(1).join("/")}/${name}`,
  reference: (text) => {
    if (!isReference.test(text)) return undefined;
    return text.toLowerCase().replace(partOf, "$1");
  },
  namedReferences: {
    resourceGroupName: "ResourceGroup",
    virtualNetworkName: "VirtualNetwork",
    networkSecurityGroupName: "NetworkSecurityGroup",
  },
  fills: [
    "id",
    "privateIPAddress",
    "privateIPAllocationMethod",
    "provisioningState",
    "etag",
    "primary",
    "networkInterfaces",
  ],
  invokes: {
    ...Object.fromEntries(reads),
    "network:getNetworkInterface": readInterface,
    "authorization:getClientConfig": () => ({ subscriptionId, tenantId, clientId: tenantId, objectId: tenantId }),
  },
  refusal: {
    missing,
    inUse: (kind, id, by) =>
      `Code="InUse${kind}CannotBeDeleted" Message="${id} is in use by ${by.id} and cannot be deleted." (DependencyViolation)`,
    exists: (kind, id) => `cannot create already existing resource '${id}' (${kind})`,
    addressInUse: (address) =>
      `Code="PrivateIPAddressInUse" Message="Private IP address ${address} is already in use."`,
    quota: (kind, limit) =>
      `Code="QuotaExceeded" Message="Operation could not be completed: limit of ${kind} is ${limit}."`,
    throttled: (status) => `StatusCode=${status} Code="TooManyRequests" Message="The request is being throttled."`,
    failed: (kind) => `Code="InternalServerError" Message="An internal error occurred while working on the ${kind}."`,
  },
};
