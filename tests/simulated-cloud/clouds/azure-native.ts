import type { Properties } from "../../../provider/values.ts";
import type { Cloud, TypeFacts } from "../cloud.ts";
import { publicAddress } from "./common.ts";

const subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
const group = (inputs: Properties) => `${subscription}/resourceGroups/${inputs.resourceGroupName}`;

/** Ids are paths of names; `parent` is the input that names the resource it lies in. */
function resource(path: string, nameInput: string, more: TypeFacts & { parent?: string } = {}): TypeFacts {
  const { parent, ...facts } = more;
  const [outer = "", inner] = path.split("/*/");
  return {
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

/** Parts of a resource that are no resources of their own stand for it. */
const partOf = /(\/(loadbalancers|networkinterfaces|applicationgateways)\/[^/]+)\/.*$/;

const withIds = (id: string, collection: string, parts: unknown) =>
  Array.isArray(parts) ? parts.map((part) => ({ ...part, id: `${id}/${collection}/${part.name}` })) : undefined;

export const azureNative: Cloud = {
  sdk: "@pulumi/azure-native",
  types: {
    "resources:ResourceGroup": {
      nameInput: "resourceGroupName",
      id: ({ resourceGroupName }, logical) => `${subscription}/resourceGroups/${resourceGroupName ?? logical}`,
      replaceOn: ["resourceGroupName", "location"],
      outputs: ({ id }) => ({ name: id.split("/").at(-1), type: "Microsoft.Resources/resourceGroups" }),
    },
    "network:VirtualNetwork": resource("Microsoft.Network/virtualNetworks", "virtualNetworkName", {
      outputs: ({ id, inputs }) => ({ subnets: withIds(id, "subnets", inputs.subnets) }),
    }),
    "network:Subnet": resource("Microsoft.Network/virtualNetworks/*/subnets", "subnetName", {
      parent: "virtualNetworkName",
      replaceOn: ["addressPrefix", "addressPrefixes"],
    }),
    "network:NetworkSecurityGroup": resource("Microsoft.Network/networkSecurityGroups", "networkSecurityGroupName"),
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
    "compute:VirtualMachine": resource("Microsoft.Compute/virtualMachines", "vmName", {
      replaceOn: ["zones", "osProfile", "availabilitySet"],
      outputs: (_object, random) => ({ vmId: random.slice(0, 32) }),
      deletableInUse: true,
    }),
  },
  newId: (type, inputs, name) => `${group(inputs)}/providers/${type.split(":").slice(1).join("/")}/${name}`,
  reference: (text) => {
    if (!/^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+/i.test(text)) return undefined;
    // A role or image of the cloud's own has no group.
    return text.toLowerCase().replace(partOf, "$1");
  },
  namedReferences: {
    resourceGroupName: "ResourceGroup",
    virtualNetworkName: "VirtualNetwork",
    networkSecurityGroupName: "NetworkSecurityGroup",
  },
  fills: ["id", "privateIPAddress", "privateIPAllocationMethod", "provisioningState", "etag", "primary"],
  invokes: {},
  refusal: {
    missing: (kind, id) => `Code="ResourceNotFound" Message="The Resource '${kind}/${id}' was not found."`,
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
