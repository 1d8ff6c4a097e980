import type { Properties } from "../../../../provider/values.ts";
import { type Cloud, isType, type TypeFacts } from "../cloud.ts";
import { publicAddress } from "./common.ts";

const crn = (more: TypeFacts = {}): TypeFacts => ({
  ...more,
  outputs: (object, random, look) => ({
    crn: `crn:v1:bluemix:public:is:jp-tok:a/1::${object.id}`,
    ...more.outputs?.(object, random, look),
  }),
});

/** An id of its virtual private cloud, which begins with the region's number. */
const vpcId = /^r0\d\d-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Gives an id to what comes with an instance. */
const broughtId = (random: string) =>
  `r022-${[0, 8, 12, 16, 20].map((at) => random.slice(at, at === 0 ? 8 : at === 20 ? 32 : at + 4)).join("-")}`;

/** Answers the data source of one object, by its name and whatever else it is asked for. */
const found =
  (type: string): Cloud["invokes"][string] =>
  (wanted, objects) => {
    const match = objects().find(
      ({ type: token, inputs }) =>
        isType(token, type) && Object.entries(wanted).every(([key, value]) => inputs[key] === value),
    );
    if (!match) throw Object.assign(new Error(`[ERROR] No ${type} found with name ${wanted.name}`), { stack: "" });
    return { id: match.id };
  };

export const ibm: Cloud = {
  types: {
    IsVpc: crn({ unique: ["name"] }),
    IsVpcAddressPrefix: { replaceOn: ["vpc", "zone", "cidr"] },
    IsSubnet: crn({ replaceOn: ["vpc", "zone", "ipv4CidrBlock"], unique: ["vpc", "name"] }),
    IsSecurityGroup: crn({ replaceOn: ["vpc"], unique: ["vpc", "name"] }),
    IsSecurityGroupRule: { replaceOn: ["group", "direction"] },
    IsPublicGateway: crn({ replaceOn: ["vpc", "zone"] }),
    IsSshKey: crn({
      replaceOn: ["publicKey", "type"],
      outputs: (_object, random) => ({ fingerprint: random.slice(0, 32) }),
    }),
    IsPlacementGroup: crn({ replaceOn: ["strategy"] }),
    IsInstance: crn({
      replaceOn: ["vpc", "zone", "image", "keys", "userData", "primaryNetworkInterface"],
      addresses: [{ within: "primaryNetworkInterface", subnet: "subnet", inside: "primaryIp", address: "address" }],
      outputs: ({ inputs, outputs }, random) => ({
        status: "running",
        primaryNetworkInterface: {
          ...((outputs.primaryNetworkInterface ?? inputs.primaryNetworkInterface) as Properties),
          id: broughtId(random),
        },
      }),
      addsWithin: { primaryNetworkInterface: ["id", "primaryIp"] },
      deletableInUse: true,
    }),
    IsVolume: crn({ replaceOn: ["zone", "encryptionKey"] }),
    IsInstanceVolumeAttachment: { replaceOn: ["instance", "volume"] },
    IsFloatingIp: crn({ outputs: (_object, random) => ({ address: publicAddress(random) }) }),
    IsLb: crn({
      replaceOn: ["type", "profile"],
      outputs: ({ id }) => ({ hostname: `${id.slice(0, 13)}-jp-tok.lb.appdomain.cloud` }),
    }),
    IsLbPool: { replaceOn: ["lb"] },
    IsLbListener: { replaceOn: ["lb", "port"] },
    IsLbPoolMember: { replaceOn: ["lb", "pool"] },
  },
  newId: () => `r022-${crypto.randomUUID()}`,
  reference: (text) => (vpcId.test(text) && !text.startsWith("r000-") ? text : undefined),
  fills: ["primaryIp", "id", "name"],
  invokes: {
    getIsImage: ({ name }) => ({ id: "r000-00000000-0000-4000-8000-000000000001", name, status: "available" }),
    getIsVpc: found("IsVpc"),
    getIsPublicGateway: found("IsPublicGateway"),
    getIsSubnet: found("IsSubnet"),
    getIsSecurityGroup: found("IsSecurityGroup"),
    getIsSshKey: found("IsSshKey"),
    getIsPlacementGroup: found("IsPlacementGroup"),
    getIsInstance: found("IsInstance"),
    getIsVolume: found("IsVolume"),
    getIsInstanceVolumeAttachment: found("IsInstanceVolumeAttachment"),
    getIsFloatingIp: found("IsFloatingIp"),
    getIsZones: () => ({ id: "zones", zones: ["jp-tok-1", "jp-tok-2", "jp-tok-3"] }),
  },
  refusal: {
    missing: (kind, id) =>
      `{"StatusCode": 404, "errors": [{"code": "not_found", "message": "${kind} ${id} not found"}]}`,
    inUse: (kind, id, by) =>
      `{"StatusCode": 409, "errors": [{"code": "in_use", "message": "${kind} ${id} is in use by ${by.id} (DependencyViolation)"}]}`,
    exists: (kind, id) =>
      `{"StatusCode": 400, "errors": [{"code": "validation_unique_failed", "message": "${kind} ${id}"}]}`,
    addressInUse: (address) =>
      `{"StatusCode": 409, "errors": [{"code": "reserved_ip_address_in_use", "message": "${address}"}]}`,
    quota: (kind, limit) => `{"StatusCode": 400, "errors": [{"code": "over_quota", "message": "${kind}: ${limit}"}]}`,
    throttled: (status) => `{"StatusCode": ${status}, "errors": [{"code": "too_many_requests"}]}`,
    failed: (kind) => `{"StatusCode": 500, "errors": [{"code": "internal_error", "message": "${kind}"}]}`,
  },
};
