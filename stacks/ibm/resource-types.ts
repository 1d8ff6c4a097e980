import { type Properties, textsOf } from "../../config/infrastructure/properties.ts";
import {
  alike,
  because,
  bridgedTypes,
  cloudProvider,
  dataDisk,
  firewall,
  flowsBetween,
  machine,
  publicAddress,
  type ResourceInflow,
  type ResourceTypes,
  reasons,
  textAt,
} from "../../config/infrastructure/resource-types.ts";

/** Encryption of disks: https://cloud.ibm.com/docs/vpc?topic=vpc-block-storage-vpc-encryption */
const encrypted = because("IBM encrypts every boot and data volume, by a key of its own where none is named");

function securityGroupRule({ direction, remote, portMin, portMax }: Properties): ResourceInflow[] {
  return direction === "outbound" ? [] : flowsBetween("remote", remote, portMin, portMax);
}

const instance = machine({
  publicAddress: because("an instance is reached by its network interface, whose floating address is a resource"),
  encryption: encrypted,
  // A list of `name:value`.
  tags: ({ tags }) => ({ path: "tags", texts: textsOf(tags).map((tag) => tag.split(":")[0] ?? "") }),
  metadataToken: because("IBM's service answers nobody without a token, and is off"),
});

const of = bridgedTypes("ibm");

export const resourceTypes: ResourceTypes = {
  "pulumi:providers:ibm": cloudProvider(textAt("region")),
  "ibm:index/isInstance:IsInstance": instance,
  "ibm:index/isVolume:IsVolume": dataDisk(encrypted),
  "ibm:index/isSecurityGroupRule:IsSecurityGroupRule": firewall(securityGroupRule),
  "ibm:index/isFloatingIp:IsFloatingIp": publicAddress(),
  ...alike(reasons.network, of("IsVpc", "IsVpcAddressPrefix", "IsSubnet")),
  ...alike(reasons.wayOut, of("IsPublicGateway")),
  ...alike(reasons.group, of("IsSecurityGroup")),
  ...alike(reasons.tie, of("IsInstanceVolumeAttachment")),
  ...alike(reasons.placement, of("IsPlacementGroup")),
  ...alike(reasons.key, of("IsSshKey")),
};
