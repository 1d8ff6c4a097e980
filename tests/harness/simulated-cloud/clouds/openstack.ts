import type { Properties } from "../../../../provider/values.ts";
import type { Cloud } from "../cloud.ts";
import { openstackApi } from "../openstack-api.ts";
import { publicAddress } from "./common.ts";

/** Gives an id to what is there before anybody makes anything, such as images: references to it are not checked. */
const given = (random: string) => `00000000-0000-4000-8000-${random.padStart(12, "0").slice(-12)}`;
const subnetOf = (cidr: string) => given(cidr.replace(/\D/g, ""));
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const first = (list: unknown): Properties => (Array.isArray(list) ? (list[0] ?? {}) : {});
const portAddress = (port: Properties) => first(port.fixedIps).ipAddress;

export const openstack: Cloud = {
  sdk: "@pulumi/openstack",
  types: {
    "networking/subnet:Subnet": { replaceOn: ["cidr", "ipVersion"] },
    "networking/port:Port": {
      replaceOn: ["networkId"],
      addresses: [{ within: "fixedIps", subnet: "subnetId", address: "ipAddress" }],
      outputs: ({ inputs, outputs }, random) => ({
        allFixedIps: ((outputs.fixedIps ?? inputs.fixedIps ?? []) as Properties[]).map(({ ipAddress }) => ipAddress),
        allSecurityGroupIds: inputs.securityGroupIds,
        macAddress: `fa:16:3e:${random.slice(0, 2)}:${random.slice(2, 4)}:${random.slice(4, 6)}`,
      }),
    },
    "networking/router:Router": {
      outputs: ({ inputs }, random) => ({
        externalFixedIps: inputs.externalNetworkId
          ? [{ ipAddress: publicAddress(random), subnetId: given(random) }]
          : [],
      }),
    },
    "networking/secGroupRule:SecGroupRule": { goesWith: ["securityGroupId", "remoteGroupId"] },
    "networking/routerInterface:RouterInterface": {
      replaceOn: ["routerId", "subnetId", "portId"],
      outputs: ({ id, inputs }) => ({ portId: inputs.portId ?? id, subnetId: inputs.subnetId }),
    },
    "networking/floatingIp:FloatingIp": {
      outputs: ({ inputs }, random, look) => ({
        address: inputs.address ?? publicAddress(random),
        fixedIp: inputs.portId ? portAddress(look(inputs.portId)) : "",
      }),
    },
    "compute/instance:Instance": {
      addresses: [{ within: "networks", subnet: "uuid", address: "fixedIpV4" }],
      outputs: ({ inputs, outputs }, _random, look) => {
        const network = first(outputs.networks ?? inputs.networks);
        const accessIpV4 = network.fixedIpV4 ?? portAddress(look(network.port));
        return { accessIpV4, powerState: "active", allMetadata: inputs.metadata ?? {} };
      },
      replaceOn: ["imageId", "availabilityZone"],
      deletableInUse: true,
    },
    "compute/keypair:Keypair": {
      id: ({ name }, logical) => String(name ?? logical),
      outputs: (_object, random) => ({ fingerprint: random.slice(0, 32) }),
    },
    "compute/serverGroup:ServerGroup": { replaceOn: ["name"], deletableInUse: true },
    "blockstorage/volume:Volume": { outputs: () => ({ attachments: [] }) },
    "loadbalancer/loadBalancer:LoadBalancer": {
      addresses: [{ subnet: "vipSubnetId", address: "vipAddress" }],
      outputs: (_object, random) => ({ vipPortId: given(random) }),
    },
    // Octavia's. Single members are for Neutron's load balancer, which refuses to delete a pool that has any.
    "loadbalancer/members:Members": { goesWith: ["poolId"] },
    "loadbalancer/monitor:Monitor": { goesWith: ["poolId"] },
  },
  newId: () => crypto.randomUUID(),
  givenNetworks: { [given("2")]: "10.180.0.128/25", [subnetOf("10.182.0.0/22")]: "10.182.0.8/29" },
  reference: (text) => (uuid.test(text) && !text.startsWith("00000000-") ? text : undefined),
  namedReferences: { keyPair: "Keypair", securityGroups: "SecGroup" },
  fills: ["fixedIpV4", "ipAddress", "mac", "name", "port", "uuid"],
  invokes: {
    "identity/getAuthScope:getAuthScope": async (_args, objects) => ({
      projectId: "project",
      projectName: "project",
      projectDomainName: "Default",
      region: "RegionOne",
      tokenId: "token",
      serviceCatalogs: await openstackApi(objects),
    }),
    "images/getImage:getImage": ({ name }) => ({ id: given("1"), name, minDiskGb: 10, sizeBytes: 1 }),
    "networking/getNetwork:getNetwork": ({ name }) => ({ id: given("2"), name, subnets: [given("3")] }),
    "networking/getSubnet:getSubnet": ({ cidr, networkId }) => ({
      id: subnetOf(String(cidr)),
      cidr,
      networkId,
    }),
    "compute/getFlavor:getFlavor": ({ name }) => ({ id: given("4"), name, flavorId: given("4") }),
  },
  refusal: {
    missing: (kind, id) => `Resource not found: ${kind} ${id} could not be found`,
    inUse: (kind, id, by) =>
      `Expected HTTP response code 202 or 204 but got 409 instead: {"${kind}InUse": {"message": "${kind} ${id} is in use by ${by.id} (DependencyViolation)"}}`,
    exists: (kind, id) => `Expected HTTP response code 201 but got 409 instead: ${kind} '${id}' already exists`,
    addressInUse: (address) =>
      `Expected HTTP response code 201 but got 409 instead: IpAddressAlreadyAllocated ${address}`,
    quota: (kind, limit) =>
      `Expected HTTP response code 202 but got 403 instead: Quota exceeded for ${kind}: ${limit} allowed`,
    throttled: (status) => `Expected HTTP response code 200 but got ${status} instead: Too Many Requests`,
    failed: (kind) => `Internal Server Error: ${kind} went into status ERROR`,
  },
};
