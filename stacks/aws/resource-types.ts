import { objectsOf, type Properties } from "../../config/infrastructure/properties.ts";
import {
  alike,
  cloudProvider,
  dataDisk,
  encryptedBy,
  firewall,
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

const inlineRules = (group: Properties): ResourceInflow[] =>
  objectsOf(group.ingress).flatMap((rule, index) =>
    ranges(rule).map((flow) => ({ ...flow, path: `ingress[${index}].${flow.path}` })),
  );

const ranges = (rule: Properties): ResourceInflow[] => [
  ...flowsBetween("cidrBlocks", rule.cidrBlocks, rule.fromPort, rule.toPort),
  ...flowsBetween("ipv6CidrBlocks", rule.ipv6CidrBlocks, rule.fromPort, rule.toPort),
];

const ingressRule = (rule: Properties): ResourceInflow[] => [
  ...flowsBetween("cidrIpv4", rule.cidrIpv4, rule.fromPort, rule.toPort),
  ...flowsBetween("cidrIpv6", rule.cidrIpv6, rule.fromPort, rule.toPort),
];

const instance = machine({
  publicAddress: pathWhere("associatePublicIpAddress", Boolean),
  encryption: ({ rootBlockDevice }, purpose) =>
    encryptedBy("encrypted")(objectsOf(rootBlockDevice)[0] ?? {}, purpose).map(({ path, ...rest }) => ({
      path: `rootBlockDevice.${path}`,
      ...rest,
    })),
  tags: tagNames("tags"),
  metadataToken: ({ metadataOptions }) => {
    const value = objectsOf(metadataOptions)[0]?.httpTokens;
    if (value === "required") return [];
    return [{ path: "metadataOptions.httpTokens", value, message: "credentials need no token" }];
  },
});

export const resourceTypes: ResourceTypes = {
  "pulumi:providers:aws": cloudProvider(textAt("region")),
  "aws:ec2/instance:Instance": instance,
  "aws:ebs/volume:Volume": dataDisk(encryptedBy("encrypted")),
  "aws:ec2/securityGroup:SecurityGroup": firewall(inlineRules),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": firewall(ingressRule),
  "aws:ec2/securityGroupRule:SecurityGroupRule": {
    ...firewall((rule) => (rule.type === "egress" ? [] : ranges(rule))),
    unregistered: "the older way to write a rule; whoever adds one is judged",
  },
  "aws:ec2/eip:Eip": publicAddress(),
  "aws:lb/loadBalancer:LoadBalancer": groupedLoadBalancer(pathWhere("internal", (internal) => internal !== true)),
  ...alike(reasons.network, [
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
  ]),
  ...alike(reasons.wayOut, [
    "aws:ec2/natGateway:NatGateway",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  ]),
  ...alike(reasons.tie, ["aws:ec2/eipAssociation:EipAssociation", "aws:ec2/volumeAttachment:VolumeAttachment"]),
  ...alike(reasons.placement, ["aws:ec2/placementGroup:PlacementGroup"]),
  ...alike(reasons.key, ["aws:ec2/keyPair:KeyPair"]),
  ...alike(reasons.right, [
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
  ]),
  ...alike(reasons.loadBalancing, [
    "aws:lb/listener:Listener",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
  ]),
};
