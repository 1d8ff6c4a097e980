import { numberOf, objectsOf, type Properties, textsOf } from "../../config/infrastructure/properties.ts";
import {
  alike,
  because,
  bridgedTypes,
  cloudProvider,
  dataDisk,
  encryptedBy,
  firewall,
  flows,
  groupedLoadBalancer,
  machine,
  pathWhere,
  publicAddress,
  type ResourceInflow,
  type ResourceTypes,
  reasons,
  tagNames,
  textAt,
} from "../../config/infrastructure/resource-types.ts";

const ruleSet = ({ ingresses }: Properties): ResourceInflow[] =>
  objectsOf(ingresses).flatMap((rule, index) =>
    rule.action === "DROP"
      ? []
      : ["cidrBlock", "ipv6CidrBlock"].flatMap((key) =>
          flows(`ingresses[${index}].${key}`, rule[key], textsOf(rule.port)),
        ),
  );

const instance = machine({
  publicAddress: (properties) => [
    ...pathWhere("allocatePublicIp", (allocated) => allocated === true)(properties),
    ...pathWhere("internetMaxBandwidthOut", (bandwidth) => (numberOf(bandwidth) ?? 0) > 0)(properties),
  ],
  encryption: encryptedBy("systemDiskEncrypt"),
  tags: tagNames("tags"),
  metadataToken: because("instances have no role: their metadata service has no credentials to give"),
});

const of = bridgedTypes("tencentcloud");

export const resourceTypes: ResourceTypes = {
  "pulumi:providers:tencentcloud": cloudProvider(textAt("region")),
  "tencentcloud:index/instance:Instance": instance,
  "tencentcloud:index/cbsStorage:CbsStorage": dataDisk(encryptedBy("encrypt")),
  "tencentcloud:index/securityGroupRuleSet:SecurityGroupRuleSet": firewall(ruleSet),
  "tencentcloud:index/eip:Eip": publicAddress(),
  "tencentcloud:index/clbInstance:ClbInstance": groupedLoadBalancer(
    pathWhere("networkType", (type) => type === "OPEN"),
  ),
  ...alike(reasons.network, of("Vpc", "Subnet", "RouteTable", "RouteTableEntry")),
  ...alike(reasons.wayOut, of("NatGateway")),
  ...alike(reasons.group, of("SecurityGroup")),
  ...alike(reasons.tie, of("CbsStorageAttachment", "EipAssociation")),
  ...alike(reasons.placement, of("PlacementGroup")),
  ...alike(reasons.key, of("KeyPair")),
  ...alike(
    reasons.loadBalancing,
    of("ClbListener", "ClbTargetGroup", "ClbTargetGroupAttachment", "ClbTargetGroupInstanceAttachment"),
  ),
};
