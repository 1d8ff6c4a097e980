import type { Cloud } from "../cloud.ts";
import { prefixedReference, publicAddress } from "./common.ts";

export const tencentcloud: Cloud = {
  types: {
    Vpc: { idPrefix: "vpc", replaceOn: ["cidrBlock"] },
    Subnet: {
      idPrefix: "subnet",
      replaceOn: ["vpcId", "cidrBlock", "availabilityZone"],
      unique: ["vpcId", "cidrBlock"],
    },
    SecurityGroup: { idPrefix: "sg", replaceOn: ["projectId"] },
    SecurityGroupRuleSet: { replaceOn: ["securityGroupId"] },
    SecurityGroupLiteRule: { replaceOn: ["securityGroupId"] },
    RouteTable: { idPrefix: "rtb", replaceOn: ["vpcId"] },
    RouteTableEntry: { replaceOn: ["routeTableId", "destinationCidrBlock", "nextType", "nextHub"] },
    NatGateway: { idPrefix: "nat", replaceOn: ["vpcId"] },
    KeyPair: { idPrefix: "skey", replaceOn: ["publicKey"] },
    PlacementGroup: { idPrefix: "ps", replaceOn: ["type"] },
    Instance: {
      idPrefix: "ins",
      replaceOn: ["availabilityZone", "subnetId", "vpcId", "imageId", "userData", "userDataRaw", "privateIp"],
      addresses: [{ subnet: "subnetId", address: "privateIp" }],
      outputs: ({ inputs }, random) => ({
        instanceStatus: "RUNNING",
        publicIp: inputs.allocatePublicIp ? publicAddress(random) : "",
      }),
      deletableInUse: true,
    },
    CbsStorage: { idPrefix: "disk", replaceOn: ["availabilityZone", "storageType", "encrypt"] },
    CbsStorageAttachment: { replaceOn: ["storageId", "instanceId"] },
    Eip: { idPrefix: "eip", outputs: (_object, random) => ({ publicIp: publicAddress(random), status: "UNBIND" }) },
    EipAssociation: { replaceOn: ["eipId", "instanceId"] },
    ClbInstance: {
      idPrefix: "lb",
      replaceOn: ["vpcId", "networkType"],
      outputs: (_object, random) => ({ clbVips: [publicAddress(random)] }),
    },
    ClbListener: { idPrefix: "lbl", replaceOn: ["clbId", "port", "protocol"] },
  },
  newId: (_type, _inputs, name) => `${name}#${crypto.randomUUID().slice(0, 8)}`,
  reference: prefixedReference,
  fills: ["privateIp"],
  invokes: {
    getImages: () => ({ id: "images", images: [{ imageId: "img-487zeit5", imageName: "Ubuntu Server 24.04" }] }),
    getAvailabilityZones: () => ({ id: "zones", zones: ["1", "2", "3"].map((zone) => ({ name: `ap-seoul-${zone}` })) }),
  },
  refusal: {
    missing: (kind, id) => `[TencentCloudSDKError] Code=ResourceNotFound, Message=${kind} ${id} does not exist`,
    inUse: (kind, id, by) =>
      `[TencentCloudSDKError] Code=ResourceInUse, Message=${kind} ${id} is used by ${by.id} (DependencyViolation)`,
    exists: (kind, id) => `[TencentCloudSDKError] Code=InvalidParameterValue.Duplicate, Message=${kind} ${id}`,
    addressInUse: (address) => `[TencentCloudSDKError] Code=InvalidParameterValue.IpInUse, Message=${address}`,
    quota: (kind, limit) => `[TencentCloudSDKError] Code=LimitExceeded.${kind}, Message=at most ${limit}`,
    throttled: (status) => `[TencentCloudSDKError] Code=RequestLimitExceeded, StatusCode=${status}`,
    failed: (kind) => `[TencentCloudSDKError] Code=InternalError, Message=${kind}`,
  },
};
