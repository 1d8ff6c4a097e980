import type { Properties } from "../../../../provider/values.ts";
import { type Cloud, isType } from "../cloud.ts";
import type { CloudObject } from "../store.ts";
import { prefixedReference, publicAddress } from "./common.ts";

/** Answers a data source: the objects of a type that have the id, the tags and the other inputs it asks for. */
const listed =
  (type: string, list: string, idKey: string, more?: (object: CloudObject, all: CloudObject[]) => Properties) =>
  (asked: Properties, objects: () => CloudObject[]): Properties => {
    const all = objects();
    const has = ({ id, inputs }: CloudObject, [key, value]: [string, unknown]): boolean => {
      if (key === idKey) return id === value;
      if (key === "keyName") return new RegExp(String(value)).test(String(inputs[key]));
      if (key !== "tags") return inputs[key] === value;
      return Object.entries(value as Properties).every(([tag, text]) => (inputs.tags as Properties)?.[tag] === text);
    };
    const found = all.filter(
      (object) => isType(object.type, type) && Object.entries(asked).every((wanted) => has(object, wanted)),
    );
    return {
      id: "found",
      [list]: found.map((object) => ({ ...object.inputs, [idKey]: object.id, ...more?.(object, all) })),
    };
  };

const routes = ({ id }: CloudObject, all: CloudObject[]) => ({
  routeEntryInfos: all
    .filter(({ type, inputs }) => isType(type, "RouteTableEntry") && inputs.routeTableId === id)
    .map((entry) => ({ ...entry.inputs, routeEntryId: entry.id.split(".")[0] })),
});

export const tencentcloud: Cloud = {
  types: {
    Vpc: { idPrefix: "vpc", replaceOn: ["cidrBlock"] },
    Subnet: {
      idPrefix: "subnet",
      replaceOn: ["vpcId", "cidrBlock", "availabilityZone"],
      unique: ["vpcId", "cidrBlock"],
    },
    SecurityGroup: { idPrefix: "sg", replaceOn: ["projectId"] },
    SecurityGroupRuleSet: {
      id: ({ securityGroupId }) => String(securityGroupId),
      sameAgain: ["securityGroupId"],
      replaceOn: ["securityGroupId"],
      deletableInUse: true,
    },
    SecurityGroupLiteRule: { replaceOn: ["securityGroupId"] },
    RouteTable: { idPrefix: "rtb", replaceOn: ["vpcId"] },
    RouteTableEntry: {
      id: ({ routeTableId }, name) => `${name}.${routeTableId}`,
      replaceOn: ["routeTableId", "destinationCidrBlock", "nextType", "nextHub"],
    },
    NatGateway: { idPrefix: "nat", replaceOn: ["vpcId"] },
    KeyPair: { idPrefix: "skey", replaceOn: ["publicKey"] },
    PlacementGroup: { idPrefix: "ps", replaceOn: ["type"] },
    Instance: {
      idPrefix: "ins",
      replaceOn: ["availabilityZone", "systemDiskEncrypt"],
      replaceWhen: (inputs, changed) =>
        inputs.userDataReplaceOnChange === true ? changed.filter((key) => /^userData/.test(key)) : [],
      addresses: [{ subnet: "subnetId", address: "privateIp" }],
      outputs: ({ inputs }, random) => ({
        instanceStatus: "RUNNING",
        publicIp: inputs.allocatePublicIp ? publicAddress(random) : "",
      }),
      deletableInUse: true,
    },
    CbsStorage: { idPrefix: "disk", replaceOn: ["availabilityZone", "storageType", "encrypt"] },
    CbsStorageAttachment: {
      id: ({ storageId }) => String(storageId),
      replaceOn: ["storageId", "instanceId"],
      deletableInUse: true,
    },
    Eip: { idPrefix: "eip", outputs: (_object, random) => ({ publicIp: publicAddress(random), status: "UNBIND" }) },
    EipAssociation: {
      id: ({ eipId, instanceId }) => `${eipId}::${instanceId}`,
      replaceOn: ["eipId", "instanceId"],
    },
    ClbInstance: {
      idPrefix: "lb",
      replaceOn: ["vpcId", "networkType", "subnetId", "vip"],
      addresses: [{ subnet: "subnetId", address: "vip" }],
      outputs: ({ inputs, outputs }, random) => ({
        clbVips: [outputs.vip ?? inputs.vip ?? publicAddress(random)],
        domain: "",
      }),
    },
    ClbListener: {
      idPrefix: "lbl",
      id: ({ clbId }) => `${clbId}#lbl-${crypto.randomUUID().slice(0, 8)}`,
      replaceOn: ["clbId", "port", "protocol"],
      unique: ["clbId", "port"],
      outputs: ({ id }) => ({ listenerId: id.split("#")[1] }),
    },
    ClbTargetGroup: { idPrefix: "lbtg", replaceOn: ["vpcId"] },
    ClbTargetGroupInstanceAttachment: {
      id: ({ targetGroupId, bindIp, port }) => `${targetGroupId}#${bindIp}#${port}`,
      replaceOn: ["targetGroupId", "bindIp", "port"],
    },
    ClbTargetGroupAttachment: {
      id: ({ clbId, listenerId, targetGroupId }) => `${targetGroupId}#${listenerId}#${clbId}#`,
      replaceOn: ["clbId", "listenerId", "targetGroupId"],
    },
  },
  newId: (_type, _inputs, name) => `${name}#${crypto.randomUUID().slice(0, 8)}`,
  reference: prefixedReference,
  fills: ["privateIp"],
  invokes: {
    getImages: () => ({
      id: "images",
      images: [
        { imageId: "img-487zeit5", imageName: "Ubuntu Server 24.04 LTS 64bit", createdTime: "2024-09-02T07:31:06Z" },
        { imageId: "img-mmytdhbn", imageName: "Ubuntu Server 24.04 LTS 64bit", createdTime: "2025-03-18T02:11:50Z" },
      ],
    }),
    getVpcInstances: listed("Vpc", "instanceLists", "vpcId"),
    getVpcSubnets: listed("Subnet", "instanceLists", "subnetId"),
    getVpcRouteTables: listed("RouteTable", "instanceLists", "routeTableId", routes),
    getNatGateways: listed("NatGateway", "nats", "id"),
    getEips: listed("Eip", "eipLists", "eipId"),
    getSecurityGroups: listed("SecurityGroup", "securityGroups", "securityGroupId"),
    getKeyPairs: listed("KeyPair", "keyPairLists", "keyId"),
    getPlacementGroups: listed("PlacementGroup", "placementGroupLists", "placementGroupId"),
    getInstances: listed("Instance", "instanceLists", "instanceId"),
    getCbsStorages: listed("CbsStorage", "storageLists", "storageId"),
    getClbInstances: listed("ClbInstance", "clbLists", "clbId"),
    getClbTargetGroups: listed("ClbTargetGroup", "lists", "targetGroupId"),
    getClbListeners: listed("ClbListener", "listenerLists", "listenerId"),
    getAvailabilityZones: () => ({ id: "zones", zones: ["1", "2"].map((zone) => ({ name: `ap-seoul-${zone}` })) }),
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
