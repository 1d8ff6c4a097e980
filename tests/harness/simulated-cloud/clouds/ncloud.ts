import { randomInt } from "node:crypto";
import { type Cloud, isType, type TypeFacts } from "../cloud.ts";
import { publicAddress } from "./common.ts";

/** Ids are numbers, given out under the kind's own name too. */
const numbered = (output: string, more: TypeFacts = {}): TypeFacts => ({
  ...more,
  outputs: (object, random, look) => ({ [output]: object.id, ...more.outputs?.(object, random, look) }),
});

const asId = (number: number) => `9${String(number % 10 ** 8).padStart(8, "0")}`;

/** Gives a number to what comes with a VPC. */
const broughtId = (random: string, at: number) => asId(Number.parseInt(random.slice(at, at + 8), 16));

/** Answers the data source of one object, which asks by filters and takes none or several for a mistake. */
const found =
  (type: string): Cloud["invokes"][string] =>
  ({ filters }, objects) => {
    const wanted = filters as { name: string; values: unknown[] }[];
    const [match, ...others] = objects().filter(
      (object) => isType(object.type, type) && wanted.every(({ name, values }) => values.includes(object.inputs[name])),
    );
    if (!match || others.length > 0) {
      const message = match ? "more than one found" : "no results";
      throw Object.assign(new Error(`${message}. please change search criteria and try again`), { stack: "" });
    }
    return { id: match.id };
  };

export const ncloud: Cloud = {
  types: {
    Vpc: numbered("vpcNo", {
      replaceOn: ["ipv4CidrBlock"],
      outputs: (_object, random) => ({
        defaultAccessControlGroupNo: broughtId(random, 0),
        defaultNetworkAclNo: broughtId(random, 8),
      }),
    }),
    Subnet: numbered("subnetNo", {
      replaceOn: ["vpcNo", "subnet", "zone", "subnetType", "usageType"],
      unique: ["vpcNo", "subnet"],
    }),
    AccessControlGroup: numbered("accessControlGroupNo", { replaceOn: ["vpcNo", "name"] }),
    // Has no number of its own but its group's.
    AccessControlGroupRule: {
      id: ({ accessControlGroupNo }) => String(accessControlGroupNo),
      replaceOn: ["accessControlGroupNo"],
      deletableInUse: true,
    },
    NatGateway: numbered("natGatewayNo", {
      replaceOn: ["vpcNo", "subnetNo", "zone"],
      outputs: (_object, random) => ({ publicIp: publicAddress(random) }),
    }),
    RouteTable: numbered("routeTableNo", { replaceOn: ["vpcNo", "supportedSubnetType"] }),
    RouteTableAssociation: {
      id: ({ routeTableNo, subnetNo }) => `${routeTableNo}:${subnetNo}`,
      replaceOn: ["subnetNo"],
    },
    Route: { replaceOn: ["routeTableNo", "destinationCidrBlock", "targetType", "targetNo"] },
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
    PlacementGroup: numbered("placementGroupNo", { replaceOn: ["name", "placementGroupType"] }),
    InitScript: numbered("initScriptNo", { replaceOn: ["content", "name"] }),
    Server: numbered("instanceNo", {
      replaceOn: ["name", "subnetNo", "loginKeyName", "initScriptNo", "serverImageNumber", "serverImageProductCode"],
      addresses: [{ subnet: "subnetNo", address: "privateIp", unless: "networkInterfaces" }],
      outputs: ({ inputs, outputs }, _random, look) => {
        const [{ networkInterfaceNo } = {}] = (inputs.networkInterfaces ?? []) as { networkInterfaceNo?: string }[];
        return { privateIp: networkInterfaceNo ? look(networkInterfaceNo).privateIp : outputs.privateIp };
      },
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
  newId: () => asId(randomInt(10 ** 8)),
  reference: (text) => (/^9\d{8}$/.test(text) ? text : undefined),
  namedReferences: { loginKeyName: "LoginKey" },
  fills: ["privateIp"],
  invokes: {
    getServerImageNumbers: () => ({
      id: "images",
      imageNumberLists: [{ serverImageNumber: "23214590", name: "ubuntu" }],
    }),
    getVpc: found("Vpc"),
    getSubnet: found("Subnet"),
    getNatGateway: found("NatGateway"),
    getRouteTable: found("RouteTable"),
    getAccessControlGroup: found("AccessControlGroup"),
    getNetworkInterface: found("NetworkInterface"),
    getInitScript: found("InitScript"),
    getPlacementGroup: found("PlacementGroup"),
    getServer: found("Server"),
    getBlockStorage: found("BlockStorage"),
    getPublicIp: found("PublicIp"),
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
