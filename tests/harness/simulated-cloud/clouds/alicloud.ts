import { type Cloud, isType } from "../cloud.ts";
import type { CloudObject } from "../store.ts";
import { isWithinRanges, prefixedReference, publicAddress } from "./common.ts";

const region = "ap-northeast-2";

/** Answers a data source: the objects of a type that have the tags and the other inputs it asks for. */
const listed =
  (type: string): Cloud["invokes"][string] =>
  ({ tags = {}, ...wanted }, objects) => {
    const has = ({ type: is, inputs }: CloudObject) =>
      isType(is, type) &&
      Object.entries(wanted).every(([key, value]) => inputs[key] === value) &&
      Object.entries(tags as object).every(([key, value]) => (inputs.tags as Record<string, string>)?.[key] === value);
    return {
      id: "found",
      ids: objects()
        .filter(has)
        .map(({ id }) => id),
    };
  };

const usualName = /^[A-Za-z][\w.:-]{1,127}$/;

/** Properties of a rule: two rules with the same values of them are one. */
const ruleKeys = [
  "securityGroupId",
  "type",
  "ipProtocol",
  "portRange",
  "nicType",
  "cidrIp",
  "sourceSecurityGroupId",
  "policy",
];

export const alicloud: Cloud = {
  sdk: "@pulumi/alicloud",
  types: {
    "vpc/network:Network": {
      idPrefix: "vpc",
      replaceOn: ["cidrBlock"],
      outputs: (_object, random) => ({
        routerId: `vrt-${random.slice(0, 16)}`,
        routeTableId: `vtb-${random.slice(0, 16)}`,
      }),
    },
    "vpc/switch:Switch": {
      idPrefix: "vsw",
      replaceOn: ["vpcId", "cidrBlock", "zoneId"],
      unique: ["vpcId", "cidrBlock"],
      refuses: ({ inputs: { vpcId, cidrBlock } }, look, objects) => {
        const further = objects()
          .filter(({ type, inputs }) => isType(type, "vpc/ipv4CidrBlock:Ipv4CidrBlock") && inputs.vpcId === vpcId)
          .map(({ inputs }) => inputs.secondaryCidrBlock);
        return isWithinRanges(cidrBlock, [look(vpcId).cidrBlock, ...further])
          ? undefined
          : `ErrorCode: InvalidCidrBlock.Malformed, Message: ${cidrBlock} is in no range of ${vpcId}`;
      },
    },
    "vpc/ipv4CidrBlock:Ipv4CidrBlock": {
      id: ({ vpcId, secondaryCidrBlock }) => `${vpcId}:${secondaryCidrBlock}`,
      replaceOn: ["vpcId", "secondaryCidrBlock"],
    },
    "vpc/natGateway:NatGateway": {
      idPrefix: "ngw",
      replaceOn: ["vpcId", "vswitchId", "natType"],
      outputs: (_object, random) => ({
        snatTableIds: `stb-${random.slice(0, 16)}`,
        forwardTableIds: `ftb-${random.slice(0, 16)}`,
      }),
    },
    "vpc/snatEntry:SnatEntry": {
      unique: ["snatTableId", "sourceVswitchId"],
      replaceOn: ["snatTableId", "sourceVswitchId", "sourceCidr"],
      outputs: (_object, random) => ({ snatEntryId: `snat-${random.slice(0, 16)}` }),
    },
    "ecs/securityGroup:SecurityGroup": {
      idPrefix: "sg",
      replaceOn: ["vpcId", "securityGroupType"],
      patterns: { securityGroupName: usualName },
    },
    "ecs/securityGroupRule:SecurityGroupRule": {
      id: (inputs) => ruleKeys.map((key) => inputs[key] ?? "").join(":"),
      sameAgain: ruleKeys,
      replaceOn: ruleKeys,
    },
    "ecs/ecsKeyPair:EcsKeyPair": {
      id: ({ keyPairName }, logical) => String(keyPairName ?? logical),
      nameInput: "keyPairName",
      patterns: { keyPairName: usualName },
      replaceOn: ["keyPairName", "publicKey"],
      outputs: ({ id }, random) => ({ keyPairName: id, fingerPrint: random.slice(0, 32) }),
    },
    "ecs/ecsDeploymentSet:EcsDeploymentSet": { idPrefix: "ds", replaceOn: ["strategy"] },
    "ecs/instance:Instance": {
      idPrefix: "i",
      replaceOn: ["availabilityZone", "systemDiskCategory", "systemDiskEncrypted"],
      inPlace: ["userData", "imageId", "instanceType"],
      addresses: [{ subnet: "vswitchId", address: "privateIp" }],
      outputs: ({ inputs, outputs }, random) => ({
        primaryIpAddress: outputs.privateIp ?? inputs.privateIp,
        publicIp: Number(inputs.internetMaxBandwidthOut ?? 0) > 0 ? publicAddress(random) : "",
        status: "Running",
        systemDiskId: `d-${random.slice(0, 16)}`,
      }),
      deletableInUse: true,
    },
    "ecs/ecsDisk:EcsDisk": { idPrefix: "d", replaceOn: ["encrypted", "kmsKeyId", "snapshotId", "zoneId"] },
    "ecs/ecsDiskAttachment:EcsDiskAttachment": {
      id: ({ diskId, instanceId }) => `${diskId}:${instanceId}`,
      replaceOn: ["diskId", "instanceId"],
      outputs: () => ({ device: "/dev/xvdb" }),
    },
    "ecs/eipAddress:EipAddress": {
      idPrefix: "eip",
      outputs: (_object, random) => ({ ipAddress: publicAddress(random), status: "Available" }),
    },
    "ecs/eipAssociation:EipAssociation": {
      id: ({ allocationId, instanceId }) => `${allocationId}:${instanceId}`,
      replaceOn: ["allocationId", "instanceId"],
    },
    "nlb/loadBalancer:LoadBalancer": {
      idPrefix: "nlb",
      replaceOn: ["vpcId", "addressIpVersion"],
      addresses: [{ within: "zoneMappings", subnet: "vswitchId", address: "privateIpv4Address" }],
      outputs: ({ id }) => ({ dnsName: `${id}.${region}.nlb.aliyuncs.com`, status: "Active" }),
    },
    "nlb/serverGroup:ServerGroup": { idPrefix: "sgp", replaceOn: ["vpcId", "protocol"] },
    "nlb/listener:Listener": {
      idPrefix: "lsn",
      replaceOn: ["loadBalancerId", "listenerPort", "listenerProtocol"],
      unique: ["loadBalancerId", "listenerPort"],
    },
    "nlb/serverGroupServerAttachment:ServerGroupServerAttachment": {
      id: ({ serverGroupId, serverId, serverType, port }) => [serverGroupId, serverId, serverType, port].join("_"),
      replaceOn: ["serverGroupId", "serverId", "serverType", "port", "serverIp"],
    },
    "slb/applicationLoadBalancer:ApplicationLoadBalancer": {
      idPrefix: "lb",
      addresses: [{ subnet: "vswitchId", address: "address" }],
      unique: ["loadBalancerName"],
      patterns: { loadBalancerName: /^[A-Za-z0-9][\w./-]{0,79}$/ },
      replaceOn: ["addressType", "vswitchId"],
      outputs: ({ inputs }, random) => (inputs.addressType === "internet" ? { address: publicAddress(random) } : {}),
    },
    "slb/listener:Listener": {
      id: ({ loadBalancerId, protocol, frontendPort }) => `${loadBalancerId}:${protocol}:${frontendPort}`,
      unique: ["loadBalancerId", "frontendPort"],
      replaceOn: ["loadBalancerId", "protocol", "frontendPort"],
    },
    "slb/acl:Acl": { idPrefix: "acl", replaceOn: ["ipVersion"] },
    "slb/aclEntryAttachment:AclEntryAttachment": {
      id: ({ aclId, entry }) => `${aclId}:${entry}`,
      replaceOn: ["aclId", "entry", "comment"],
    },
  },
  newId: (_type, _inputs, name) => `${name}:${crypto.randomUUID().slice(0, 8)}`,
  reference: prefixedReference,
  namedReferences: { keyName: "EcsKeyPair" },
  fills: ["privateIp", "privateIpv4Address"],
  invokes: {
    "ecs/getImages:getImages": () => {
      const id = "ubuntu_24_04_x64_20G_alibase.vhd";
      return { id: "images", ids: [id], images: [{ id, imageId: id, name: id }] };
    },
    "vpc/getNetworks:getNetworks": listed("vpc/network:Network"),
    "vpc/getSwitches:getSwitches": listed("vpc/switch:Switch"),
    "vpc/getNatGateways:getNatGateways": listed("vpc/natGateway:NatGateway"),
    "vpc/getSnatEntries:getSnatEntries": listed("vpc/snatEntry:SnatEntry"),
    "ecs/getSecurityGroups:getSecurityGroups": listed("ecs/securityGroup:SecurityGroup"),
    "ecs/getEcsKeyPairs:getEcsKeyPairs": listed("ecs/ecsKeyPair:EcsKeyPair"),
    "ecs/getEcsDeploymentSets:getEcsDeploymentSets": listed("ecs/ecsDeploymentSet:EcsDeploymentSet"),
    "ecs/getInstances:getInstances": listed("ecs/instance:Instance"),
    "ecs/getEcsDisks:getEcsDisks": listed("ecs/ecsDisk:EcsDisk"),
    "ecs/getEipAddresses:getEipAddresses": listed("ecs/eipAddress:EipAddress"),
    "slb/getApplicationLoadBalancers:getApplicationLoadBalancers": listed(
      "slb/applicationLoadBalancer:ApplicationLoadBalancer",
    ),
    "slb/getAcls:getAcls": listed("slb/acl:Acl"),
    "nlb/getLoadBalancers:getLoadBalancers": listed("nlb/loadBalancer:LoadBalancer"),
    "nlb/getServerGroups:getServerGroups": listed("nlb/serverGroup:ServerGroup"),
    "nlb/getListeners:getListeners": ({ loadBalancerIds }, objects) => ({
      id: "found",
      listeners: objects()
        .filter(({ type }) => isType(type, "nlb/listener:Listener"))
        .filter(({ inputs }) => (loadBalancerIds as unknown[]).includes(inputs.loadBalancerId))
        .map(({ id, inputs }) => ({ ...inputs, id })),
    }),
    "index/getZones:getZones": () => {
      const ids = ["a", "b"].map((zone) => `${region}${zone}`);
      return { id: "zones", ids, zones: ids.map((id) => ({ id, localName: id })) };
    },
  },
  refusal: {
    missing: (kind, id) => `ErrorCode: Invalid${kind}Id.NotFound, Message: The specified ${kind} ${id} does not exist`,
    inUse: (kind, id, by) => `ErrorCode: DependencyViolation.${kind}, Message: ${id} is still used by ${by.id}`,
    exists: (kind, id) => `ErrorCode: ${kind}.AlreadyExist, Message: ${id} already exists`,
    addressInUse: (address) => `ErrorCode: InvalidPrivateIpAddress.Duplicated, Message: ${address} is in use`,
    quota: (kind, limit) => `ErrorCode: QuotaExceed.${kind}, Message: at most ${limit}`,
    throttled: (status) =>
      `ErrorCode: Throttling, StatusCode: ${status}, Message: Request was denied due to request throttling`,
    failed: (kind) => `ErrorCode: InternalError, Message: the ${kind} could not be worked on`,
  },
};
