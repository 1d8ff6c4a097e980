import { objectsOf, type Properties, textsOf } from "../../config/infrastructure/properties.ts";
import {
  alike,
  because,
  cloudProvider,
  dataDisk,
  firewall,
  flows,
  machine,
  pathWhere,
  publicAddress,
  type ResourceInflow,
  type ResourceTypes,
  reasons,
  tagNames,
} from "../../config/infrastructure/resource-types.ts";

const encrypted = because("Azure encrypts every managed disk");

function securityRule(rule: Properties): ResourceInflow[] {
  if (rule.access === "Deny" || rule.direction === "Outbound") return [];
  const ports = [rule.destinationPortRange, rule.destinationPortRanges].flat().filter((one) => one !== undefined);
  return [
    ...flows("sourceAddressPrefix", rule.sourceAddressPrefix, ports),
    ...flows("sourceAddressPrefixes", rule.sourceAddressPrefixes, ports),
  ];
}

const inlineRules = (group: Properties): ResourceInflow[] =>
  objectsOf(group.securityRules).flatMap((rule, index) =>
    securityRule(rule).map((flow) => ({ ...flow, path: `securityRules[${index}].${flow.path}` })),
  );

const ipConfigurationsWith = (key: string, owner: unknown): boolean =>
  objectsOf(owner).some(({ ipConfigurations }) =>
    objectsOf(ipConfigurations).some((configuration) => objectsOf(configuration[key]).length > 0),
  );

const virtualMachine = machine({
  // That of interfaces that come with the machine; others are resources of their own.
  publicAddress: ({ networkProfile }) => {
    const path = "networkProfile.networkInterfaceConfigurations";
    const own = objectsOf(networkProfile).flatMap((profile) => objectsOf(profile.networkInterfaceConfigurations));
    return ipConfigurationsWith("publicIPAddressConfiguration", own) ? [path] : [];
  },
  encryption: encrypted,
  tags: tagNames("tags"),
  metadataToken: because("Azure's service answers only a header that no redirect sends"),
});

/** Gives a resource's region in lower case: Azure takes its name in any case. */
const location = (properties: Properties) => ({
  path: "location",
  texts: textsOf(properties.location).map((region) => region.toLowerCase()),
});

export const resourceTypes: ResourceTypes = {
  "pulumi:providers:azure-native": cloudProvider(because("each resource is in its resource group's region")),
  "azure-native:resources:ResourceGroup": { region: location, otherwise: "it is a folder for resources" },
  "azure-native:compute:VirtualMachine": virtualMachine,
  "azure-native:compute:Disk": dataDisk(encrypted),
  "azure-native:network:NetworkSecurityGroup": firewall(inlineRules),
  "azure-native:network:SecurityRule": {
    ...firewall(securityRule),
    unregistered: "the other way to write a group's rule; whoever adds one is judged",
  },
  "azure-native:network:PublicIPAddress": publicAddress(),
  "azure-native:network:NetworkInterface": publicAddress((properties) =>
    ipConfigurationsWith("publicIPAddress", properties) ? ["ipConfigurations"] : [],
  ),
  "azure-native:storage:StorageAccount": {
    publicAddress: pathWhere("allowBlobPublicAccess", (allowed) => allowed !== false),
    encryption: because("Azure encrypts every storage account"),
    otherwise: "it keeps BOSH's stemcells, which can be fetched again, and has no ports",
  },
  ...alike(reasons.network, ["azure-native:network:VirtualNetwork"]),
  ...alike(reasons.wayOut, ["azure-native:network:NatGateway"]),
  ...alike(reasons.group, ["azure-native:network:ApplicationSecurityGroup"]),
  ...alike(reasons.right, [
    "azure-native:authorization:RoleAssignment",
    "azure-native:authorization:RoleDefinition",
    "azure-native:managedidentity:UserAssignedIdentity",
  ]),
  ...alike(reasons.placement, ["azure-native:compute:VirtualMachineScaleSet"]),
};
