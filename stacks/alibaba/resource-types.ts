import { numberOf, type Properties, textsOf } from "../../config/infrastructure/properties.ts";
import {
  alike,
  cloudProvider,
  dataDisk,
  encryptedBy,
  firewall,
  flows,
  flowsBetween,
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

const securityGroupRule = (rule: Properties): ResourceInflow[] =>
  rule.type === "egress" || rule.policy === "drop" ? [] : flows("cidrIp", rule.cidrIp, textsOf(rule.portRange));

/** Gives what a classic load balancer's listener lets in: everybody unless a list says who. */
const classicListener = ({ aclStatus, frontendPort }: Properties): ResourceInflow[] =>
  aclStatus === "on" ? [] : flowsBetween("aclStatus", "0.0.0.0/0", frontendPort, frontendPort);

const instance = machine({
  publicAddress: pathWhere("internetMaxBandwidthOut", (bandwidth) => (numberOf(bandwidth) ?? 0) > 0),
  encryption: encryptedBy("systemDiskEncrypted"),
  tags: tagNames("tags"),
  metadataToken: ({ httpTokens: value }) =>
    value === "required" ? [] : [{ path: "httpTokens", value, message: "credentials need no token" }],
});

export const resourceTypes: ResourceTypes = {
  "pulumi:providers:alicloud": cloudProvider(textAt("region")),
  "alicloud:ecs/instance:Instance": instance,
  "alicloud:ecs/ecsDisk:EcsDisk": dataDisk(encryptedBy("encrypted")),
  "alicloud:ecs/securityGroupRule:SecurityGroupRule": firewall(securityGroupRule),
  "alicloud:slb/aclEntryAttachment:AclEntryAttachment": firewall(({ entry }) => flows("entry", entry, [])),
  "alicloud:slb/listener:Listener": firewall(classicListener),
  "alicloud:ecs/eipAddress:EipAddress": publicAddress(),
  "alicloud:nlb/loadBalancer:LoadBalancer": groupedLoadBalancer(
    pathWhere("addressType", (type) => type === "Internet"),
  ),
  "alicloud:slb/applicationLoadBalancer:ApplicationLoadBalancer": publicAddress(
    pathWhere("addressType", (type) => type !== "intranet"),
  ),
  ...alike(reasons.network, [
    "alicloud:vpc/ipv4CidrBlock:Ipv4CidrBlock",
    "alicloud:vpc/network:Network",
    "alicloud:vpc/switch:Switch",
  ]),
  ...alike(reasons.wayOut, ["alicloud:vpc/natGateway:NatGateway", "alicloud:vpc/snatEntry:SnatEntry"]),
  ...alike(reasons.group, ["alicloud:ecs/securityGroup:SecurityGroup", "alicloud:slb/acl:Acl"]),
  ...alike(reasons.tie, [
    "alicloud:ecs/ecsDiskAttachment:EcsDiskAttachment",
    "alicloud:ecs/eipAssociation:EipAssociation",
  ]),
  ...alike(reasons.placement, ["alicloud:ecs/ecsDeploymentSet:EcsDeploymentSet"]),
  ...alike(reasons.key, ["alicloud:ecs/ecsKeyPair:EcsKeyPair"]),
  ...alike(reasons.loadBalancing, [
    "alicloud:nlb/listener:Listener",
    "alicloud:nlb/serverGroup:ServerGroup",
    "alicloud:nlb/serverGroupServerAttachment:ServerGroupServerAttachment",
  ]),
};
