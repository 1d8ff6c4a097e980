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
  textAt,
} from "../../config/infrastructure/resource-types.ts";

const encrypted = because("Google encrypts every disk");

function allowed(rule: Properties): ResourceInflow[] {
  if (rule.direction === "EGRESS") return [];
  return objectsOf(rule.allows).flatMap(({ ports }) => flows("sourceRanges", rule.sourceRanges, textsOf(ports)));
}

const instance = machine({
  publicAddress: pathWhere("networkInterfaces", (interfaces) =>
    objectsOf(interfaces).some(({ accessConfigs }) => objectsOf(accessConfigs).length > 0),
  ),
  encryption: encrypted,
  tags: tagNames("labels"),
  metadataToken: because("Google's service answers only a header that no redirect sends"),
});

export const resourceTypes: ResourceTypes = {
  "pulumi:providers:gcp": cloudProvider(textAt("region")),
  "gcp:compute/instance:Instance": instance,
  "gcp:compute/disk:Disk": dataDisk(encrypted),
  "gcp:compute/firewall:Firewall": firewall(allowed),
  "gcp:compute/address:Address": publicAddress(pathWhere("addressType", (type) => type !== "INTERNAL")),
  ...alike(reasons.network, [
    "gcp:compute/network:Network",
    "gcp:compute/router:Router",
    "gcp:compute/subnetwork:Subnetwork",
  ]),
  ...alike(reasons.wayOut, ["gcp:compute/routerNat:RouterNat"]),
  ...alike(reasons.right, [
    "gcp:compute/subnetworkIAMMember:SubnetworkIAMMember",
    "gcp:projects/iAMCustomRole:IAMCustomRole",
    "gcp:projects/iAMMember:IAMMember",
    "gcp:serviceaccount/account:Account",
    "gcp:serviceaccount/iAMMember:IAMMember",
  ]),
  ...alike(reasons.placement, ["gcp:compute/resourcePolicy:ResourcePolicy"]),
};
