import { randomInt } from "node:crypto";
import type { Cloud, TypeFacts } from "../cloud.ts";
import { publicAddress } from "./common.ts";

/** Ids are numbers, given out under the kind's own name too. */
const numbered = (output: string, more: TypeFacts = {}): TypeFacts => ({
  ...more,
  outputs: (object, random, look) => ({ [output]: object.id, ...more.outputs?.(object, random, look) }),
});

export const ncloud: Cloud = {
  types: {
    Vpc: numbered("vpcNo", { replaceOn: ["ipv4CidrBlock"], outputs: () => ({ defaultAccessControlGroupNo: "1" }) }),
    Subnet: numbered("subnetNo", { replaceOn: ["vpcNo", "subnet", "zone", "subnetType", "usageType"] }),
    AccessControlGroup: numbered("accessControlGroupNo", { replaceOn: ["vpcNo", "name"] }),
    AccessControlGroupRule: { replaceOn: ["accessControlGroupNo"] },
    NatGateway: numbered("natGatewayNo", {
      replaceOn: ["vpcNo", "subnetNo", "zone"],
      outputs: (_object, random) => ({ publicIp: publicAddress(random) }),
    }),
    RouteTable: numbered("routeTableNo", { replaceOn: ["vpcNo", "supportedSubnetType"] }),
    NetworkInterface: numbered("networkInterfaceNo", {
      replaceOn: ["subnetNo", "privateIp"],
      addresses: [{ subnet: "subnetNo", address: "privateIp" }],
    }),
    LoginKey: {
      id: ({ keyName }, logical) => String(keyName ?? logical),
      nameInput: "keyName",
      replaceOn: ["keyName"],
      outputs: (_object, random) => ({ fingerprint: random.slice(0, 32) }),
    },
    PlacementGroup: numbered("placementGroupNo", { replaceOn: ["name", "placementGroupTypeCode"] }),
    InitScript: numbered("initScriptNo", { replaceOn: ["content", "name"] }),
    Server: numbered("instanceNo", {
      replaceOn: ["subnetNo", "loginKeyName", "initScriptNo", "serverImageNumber", "serverImageProductCode"],
      addresses: [{ subnet: "subnetNo", address: "privateIp" }],
      outputs: ({ outputs }) => ({ privateIp: outputs.privateIp }),
      deletableInUse: true,
    }),
    BlockStorage: numbered("blockStorageNo", { replaceOn: ["zone", "hypervisorType", "volumeType"] }),
    PublicIp: numbered("publicIpNo", { outputs: (_object, random) => ({ publicIp: publicAddress(random) }) }),
    Lb: numbered("loadBalancerNo", {
      replaceOn: ["type", "networkType", "subnetNoLists"],
      outputs: ({ id }) => ({ domain: `lb-${id}.kr.lb.naverncp.com` }),
    }),
    LbTargetGroup: numbered("targetGroupNo", { replaceOn: ["vpcNo", "protocol", "port"] }),
    LbListener: numbered("listenerNo", { replaceOn: ["loadBalancerNo", "protocol"] }),
  },
  newId: () => `9${String(randomInt(10 ** 8)).padStart(8, "0")}`,
  reference: (text) => (/^9\d{8}$/.test(text) ? text : undefined),
  namedReferences: { loginKeyName: "LoginKey" },
  fills: ["privateIp"],
  invokes: {
    getServerImageNumbers: () => ({
      id: "images",
      imageNumberLists: [{ serverImageNumber: "23214590", name: "ubuntu" }],
    }),
    getServerSpecs: () => ({ id: "specs", serverSpecLists: [] }),
  },
  refusal: {
    missing: (kind, id) => `Status: 400 Bad Request, returnCode: 1000003, ${kind} ${id} does not exist`,
    inUse: (kind, id, by) => `Status: 400 Bad Request, ${kind} ${id} is used by ${by.id} (DependencyViolation)`,
    exists: (kind, id) => `Status: 400 Bad Request, duplicate ${kind} ${id}`,
    addressInUse: (address) => `Status: 400 Bad Request, ip address ${address} is in use`,
    quota: (kind, limit) => `Status: 400 Bad Request, ${kind} limit exceeded: ${limit}`,
    throttled: (status) => `Status: ${status}, Too Many Requests`,
    failed: (kind) => `Status: 500 Internal Server Error, ${kind}`,
  },
};
