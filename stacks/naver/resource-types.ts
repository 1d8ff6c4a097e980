import { objectsOf, type Properties, textsOf } from "../../config/infrastructure/properties.ts";
import {
  type Aspects,
  alike,
  because,
  bridgedTypes,
  cloudProvider,
  dataDisk,
  firewall,
  flows,
  machine,
  publicAddress,
  type ResourceInflow,
  type ResourceTypes,
  reasons,
  textAt,
} from "../../config/infrastructure/resource-types.ts";

/**
 * Reports every disk of operation: Naver's provider has a server's boot disk encrypted for the hypervisor RHV only, and
 * takes no wish for a data disk:
 * https://github.com/NaverCloudPlatform/terraform-provider-ncloud/blob/v4.0.5/docs/resources/server.md
 * Operation has to say in its environment file that it does without.
 */
const neverEncrypted =
  (path: string): Aspects["encryption"] =>
  (_properties, purpose) =>
    purpose === "operation"
      ? [{ path, message: "Naver's provider cannot have disks of third-generation servers encrypted" }]
      : [];

const rules = ({ inbounds }: Properties): ResourceInflow[] =>
  objectsOf(inbounds).flatMap((rule, index) =>
    flows(`inbounds[${index}].ipBlock`, rule.ipBlock, textsOf(rule.portRange)),
  );

const server = machine({
  publicAddress: because("a server's public address is a resource of its own"),
  encryption: neverEncrypted("isEncryptedBaseBlockStorageVolume"),
  tags: because("Naver has no tags: a server's name tells environment and role"),
  metadataToken: because("servers have no role: there are no credentials to ask for"),
});

const of = bridgedTypes("ncloud");

export const resourceTypes: ResourceTypes = {
  "pulumi:providers:ncloud": cloudProvider(textAt("region")),
  "ncloud:index/server:Server": server,
  "ncloud:index/blockStorage:BlockStorage": dataDisk(neverEncrypted("encryptedVolume")),
  "ncloud:index/accessControlGroupRule:AccessControlGroupRule": firewall(rules),
  "ncloud:index/publicIp:PublicIp": publicAddress(),
  ...alike(reasons.network, of("Vpc", "Subnet", "Route", "RouteTable", "RouteTableAssociation", "NetworkInterface")),
  ...alike(reasons.wayOut, of("NatGateway")),
  ...alike(reasons.group, of("AccessControlGroup")),
  ...alike(reasons.placement, of("PlacementGroup")),
  ...alike(reasons.key, of("LoginKey")),
  ...alike(
    "it is user-data, in which the only secret is the host key that the first connection ends",
    of("InitScript"),
  ),
};
