import type { Properties } from "../../../../provider/values.ts";
import { type Cloud, isType, type TypeFacts } from "../cloud.ts";
import { isWithinRanges, prefixedReference, publicAddress } from "./common.ts";

const [region, account] = ["ap-northeast-2", "123456789012"];
const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
const ec2 =
  (kind: string): TypeFacts["outputs"] =>
  ({ id }) => ({ arn: arn("ec2", `${kind}/${id}`), ownerId: account });

const loadBalancing = (kind: string): TypeFacts => ({
  id: ({ name }, logical) => arn("elasticloadbalancing", `${kind}/net/${name ?? logical}/${"0".repeat(16)}`),
  outputs: ({ id, name, inputs }, random) => ({
    arn: id,
    arnSuffix: id.split(":").at(-1),
    dnsName: `${inputs.name ?? name}-${random.slice(0, 16)}.elb.${region}.amazonaws.com`,
    zoneId: "ZIBE1TIR4HY56",
  }),
  unique: ["name"],
  patterns: { name: /^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/ },
});

const iam = (kind: string): TypeFacts => ({
  patterns: { name: kind === "role" ? /^[\w+=,.@-]{1,64}$/ : /^[\w+=,.@-]{1,128}$/ },
  id: ({ name }, logical) => String(name ?? logical),
  outputs: ({ id }, random) => ({
    arn: `arn:aws:iam::${account}:${kind}/${id}`,
    name: id,
    uniqueId: random.slice(0, 21),
  }),
});

const range = "ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation";

export const aws: Cloud = {
  sdk: "@pulumi/aws",
  types: {
    "ec2/vpc:Vpc": {
      idPrefix: "vpc",
      replaceOn: ["cidrBlock"],
      outputs: ({ id }, random) => ({
        arn: arn("ec2", `vpc/${id}`),
        ownerId: account,
        defaultSecurityGroupId: `sg-${random.slice(0, 17)}`,
        defaultRouteTableId: `rtb-${random.slice(0, 17)}`,
        mainRouteTableId: `rtb-${random.slice(0, 17)}`,
        defaultNetworkAclId: `acl-${random.slice(0, 17)}`,
      }),
    },
    "ec2/subnet:Subnet": {
      idPrefix: "subnet",
      replaceOn: ["cidrBlock", "vpcId", "availabilityZone"],
      outputs: ec2("subnet"),
      unique: ["vpcId", "cidrBlock"],
      refuses: ({ inputs: { vpcId, cidrBlock } }, look, objects) => {
        const further = objects()
          .filter(({ type, inputs }) => isType(type, range) && inputs.vpcId === vpcId)
          .map(({ inputs }) => inputs.cidrBlock);
        return isWithinRanges(cidrBlock, [look(vpcId).cidrBlock, ...further])
          ? undefined
          : `api error InvalidSubnet.Range: The CIDR '${cidrBlock}' is invalid.`;
      },
    },
    "ec2/securityGroup:SecurityGroup": {
      idPrefix: "sg",
      replaceOn: ["name", "vpcId", "description"],
      outputs: ec2("security-group"),
      unique: ["vpcId", "name"],
    },
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": { idPrefix: "sgr", outputs: ec2("security-group-rule") },
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": { idPrefix: "sgr", outputs: ec2("security-group-rule") },
    "ec2/securityGroupRule:SecurityGroupRule": { idPrefix: "sgrule" },
    "ec2/internetGateway:InternetGateway": { idPrefix: "igw", outputs: ec2("internet-gateway") },
    "ec2/natGateway:NatGateway": {
      idPrefix: "nat",
      replaceOn: ["subnetId", "allocationId"],
      addresses: [{ subnet: "subnetId", address: "privateIp" }],
      outputs: ({ id, inputs }, _random, look) => ({
        publicIp: look(inputs.allocationId).publicIp,
        arn: arn("ec2", `natgateway/${id}`),
      }),
    },
    "ec2/routeTable:RouteTable": { idPrefix: "rtb", replaceOn: ["vpcId"], outputs: ec2("route-table") },
    "ec2/route:Route": { idPrefix: "r", replaceOn: ["routeTableId", "destinationCidrBlock"] },
    "ec2/routeTableAssociation:RouteTableAssociation": {
      idPrefix: "rtbassoc",
      replaceOn: ["subnetId"],
      unique: ["subnetId"],
    },
    "ec2/keyPair:KeyPair": {
      id: ({ keyName }, logical) => String(keyName ?? logical),
      replaceOn: ["keyName", "publicKey"],
      outputs: ({ id }, random) => ({
        arn: arn("ec2", `key-pair/${id}`),
        keyName: id,
        keyPairId: `key-0${random.slice(0, 16)}`,
      }),
    },
    "ec2/placementGroup:PlacementGroup": {
      id: ({ name }, logical) => String(name ?? logical),
      replaceOn: ["name", "strategy", "partitionCount", "spreadLevel"],
      outputs: ({ id }, random) => ({
        arn: arn("ec2", `placement-group/${id}`),
        placementGroupId: `pg-0${random.slice(0, 16)}`,
      }),
    },
    "ec2/instance:Instance": {
      idPrefix: "i",
      replaceOn: ["ami", "subnetId", "privateIp", "availabilityZone", "keyName", "placementGroup"],
      inPlace: ["vpcSecurityGroupIds", "instanceType", "userData", "userDataBase64", "iamInstanceProfile"],
      replaceWhen: (inputs, changed) =>
        inputs.userDataReplaceOnChange === true ? changed.filter((key) => /^userData/.test(key)) : [],
      addresses: [{ subnet: "subnetId", address: "privateIp" }],
      outputs: ({ id, inputs, outputs }, random) => ({
        arn: arn("ec2", `instance/${id}`),
        instanceState: "running",
        privateDns: `ip-${String(outputs.privateIp ?? inputs.privateIp).replaceAll(".", "-")}.${region}.compute.internal`,
        primaryNetworkInterfaceId: `eni-0${random.slice(0, 16)}`,
        ...(inputs.associatePublicIpAddress ? { publicIp: publicAddress(random) } : { publicIp: "" }),
        availabilityZone: inputs.availabilityZone ?? `${region}a`,
      }),
      deletableInUse: true,
    },
    "ec2/networkInterface:NetworkInterface": {
      idPrefix: "eni",
      replaceOn: ["subnetId"],
      addresses: [{ subnet: "subnetId", address: "privateIps", list: true }],
      outputs: ({ id, inputs, outputs }) => ({
        arn: arn("ec2", `network-interface/${id}`),
        privateIp: ((outputs.privateIps ?? inputs.privateIps) as string[] | undefined)?.[0],
      }),
    },
    "ec2/eip:Eip": {
      idPrefix: "eipalloc",
      outputs: ({ id }, random) => ({
        arn: arn("ec2", `elastic-ip/${id}`),
        allocationId: id,
        publicIp: publicAddress(random),
      }),
    },
    "ec2/eipAssociation:EipAssociation": {
      idPrefix: "eipassoc",
      sameAgain: ["instanceId", "allocationId"],
      outputs: ({ inputs }, _random, look) => ({ publicIp: look(inputs.allocationId).publicIp }),
      replaceOn: ["instanceId", "allocationId", "networkInterfaceId"],
    },
    "ebs/volume:Volume": {
      idPrefix: "vol",
      replaceOn: ["availabilityZone", "encrypted", "kmsKeyId", "snapshotId"],
      outputs: ec2("volume"),
    },
    "ec2/volumeAttachment:VolumeAttachment": {
      idPrefix: "vai",
      sameAgain: ["instanceId", "volumeId", "deviceName"],
      replaceOn: ["instanceId", "volumeId", "deviceName"],
    },
    "lb/loadBalancer:LoadBalancer": {
      ...loadBalancing("loadbalancer"),
      replaceOn: ["name", "internal", "loadBalancerType"],
      addresses: [{ within: "subnetMappings", subnet: "subnetId", address: "privateIpv4Address" }],
    },
    "lb/targetGroup:TargetGroup": {
      ...loadBalancing("targetgroup"),
      replaceOn: ["name", "port", "protocol", "vpcId", "targetType"],
    },
    "lb/listener:Listener": {
      id: ({ loadBalancerArn, port }) => `${loadBalancerArn}/${port}`.replace(":loadbalancer/", ":listener/"),
      outputs: ({ id }) => ({ arn: id }),
      unique: ["loadBalancerArn", "port"],
      replaceOn: ["loadBalancerArn"],
    },
    "lb/targetGroupAttachment:TargetGroupAttachment": {
      idPrefix: "tga",
      replaceOn: ["targetGroupArn", "targetId", "port"],
    },
    "iam/role:Role": iam("role"),
    "iam/policy:Policy": iam("policy"),
    "iam/instanceProfile:InstanceProfile": iam("instance-profile"),
  },
  newId: (type, _inputs, name) => `${type.split(":").at(-1)?.toLowerCase()}-${name}-${crypto.randomUUID().slice(0, 8)}`,
  reference: (text, cloud) => (/^arn:aws:elasticloadbalancing:/.test(text) ? text : prefixedReference(text, cloud)),
  namedReferences: { keyName: "KeyPair", placementGroup: "PlacementGroup", iamInstanceProfile: "InstanceProfile" },
  fills: ["privateIp", "privateIps"],
  invokes: {
    "ec2/getAmi:getAmi": () => ({
      id: imageId,
      imageId,
      architecture: "x86_64",
      rootDeviceName: "/dev/sda1",
      name: "ubuntu",
    }),
    "ec2/getRouteTables:getRouteTables": ({ filters }, objects) => {
      const [{ values: [subnet] = [] } = {}] = filters as { values?: string[] }[];
      const associations = objects().filter(
        ({ type, inputs }) => /RouteTableAssociation$/.test(type) && inputs.subnetId === subnet,
      );
      return { id: "tables", ids: associations.map(({ inputs }) => inputs.routeTableId) };
    },
    "ec2/getRouteTable:getRouteTable": ({ routeTableId }, objects) => ({
      id: routeTableId,
      associations: objects()
        .filter(({ type, inputs }) => /RouteTableAssociation$/.test(type) && inputs.routeTableId === routeTableId)
        .map(({ id, inputs }) => ({ routeTableAssociationId: id, subnetId: inputs.subnetId })),
    }),
    "resourcegroupstaggingapi/getResources:getResources": ({ tagFilters }, objects) => {
      const wanted = tagFilters as { key: string; values: string[] }[];
      const tagged = objects().filter(({ inputs }) => {
        const tags = (inputs.tags ?? {}) as Record<string, string>;
        return wanted.every(({ key, values }) => values.includes(tags[key] ?? ""));
      });
      return {
        id: "resources",
        resourceTagMappingLists: tagged.map(({ outputs, inputs }) => ({ resourceArn: outputs.arn, tags: inputs.tags })),
      };
    },
    "ssm/getParameter:getParameter": () => ({ id: "parameter", value: imageId, type: "String", version: 1 }),
    "index/getAvailabilityZones:getAvailabilityZones": () => ({
      id: region,
      names: ["a", "b", "c"].map((zone) => `${region}${zone}`),
      zoneIds: ["apne2-az1", "apne2-az2", "apne2-az3"],
    }),
    "index/getRegion:getRegion": () => ({ id: region, name: region, region, description: "Asia Pacific (Seoul)" }),
    "index/getCallerIdentity:getCallerIdentity": () => ({ id: account, accountId: account, arn: arn("sts", "user") }),
    "iam/getPolicyDocument:getPolicyDocument": (args: Properties) => ({ id: "policy", json: JSON.stringify(args) }),
  },
  refusal: {
    missing: (kind, id) => `api error Invalid${kind}ID.NotFound: The ${kind} ID '${id}' does not exist`,
    inUse: (kind, id, by) => `api error DependencyViolation: ${kind} '${id}' has a dependent object (${by.id})`,
    exists: (kind, id) => `api error Invalid${kind}.Duplicate: The ${kind} '${id}' already exists`,
    addressInUse: (address) => `api error InvalidIPAddress.InUse: Address ${address} is in use`,
    quota: (kind, limit) =>
      `api error ${kind}LimitExceeded: The maximum number of ${kind}s, ${limit}, has been reached`,
    throttled: (status) =>
      `https response error StatusCode: ${status}, api error RequestLimitExceeded: Request limit exceeded`,
    failed: (kind) => `api error InternalError: An internal error has occurred while working on the ${kind}`,
  },
};
const imageId = "ami-0c9c942bd7bf113a2";
