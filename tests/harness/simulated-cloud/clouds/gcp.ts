import type { Properties } from "../../../../provider/values.ts";
import type { Cloud, TypeFacts } from "../cloud.ts";
import type { CloudObject } from "../store.ts";
import { publicAddress } from "./common.ts";

const [project, region] = ["simulated-project", "asia-northeast3"];
const api = "https://www.googleapis.com/compute/v1/";

const collections =
  "networks|subnetworks|instances|disks|addresses|firewalls|routers|instanceGroups|healthChecks|backendServices|resourcePolicies|forwardingRules|targetPools";
const isReference = new RegExp(
  `^projects/[^/]+/((global|regions/[^/]+|zones/[^/]+)/(${collections})|roles|serviceAccounts)/[^/]+$`,
);
/** An account of a project's own, as grants and instances name it. */
const accountEmail = /^(?:serviceAccount:)?([^@/]+@([^.@]+)\.iam\.gserviceaccount\.com)$/;

type Place = "global" | "region" | "zone";

const nameOrTag = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Gives facts of a type whose names are unique in their zone, region or project, and so part of the id. */
function resource(place: Place, collection: string, more: TypeFacts = {}): TypeFacts {
  const at = (inputs: Properties) => {
    if (place === "global") return "global";
    if (place === "region") return `regions/${inputs.region ?? region}`;
    return `zones/${inputs.zone ?? `${region}-a`}`;
  };
  const id = (inputs: Properties, name: string) =>
    `projects/${inputs.project ?? project}/${at(inputs)}/${collection}/${inputs.name ?? name}`;
  return {
    id,
    patterns: { name: nameOrTag },
    ...more,
    replaceOn: ["name", "project", "region", "zone", ...(more.replaceOn ?? [])],
    outputs: (object, random, look) => ({
      name: object.id.split("/").at(-1),
      selfLink: `${api}${object.id}`,
      project: object.inputs.project ?? project,
      ...more.outputs?.(object, random, look),
    }),
  };
}

function withPublicAddresses(interfaces: unknown, random: string): unknown {
  if (!Array.isArray(interfaces)) return undefined;
  return interfaces.map((one: Properties) =>
    Array.isArray(one.accessConfigs)
      ? { ...one, accessConfigs: one.accessConfigs.map((access) => ({ natIp: publicAddress(random), ...access })) }
      : one,
  );
}

const missing = (id: string) => `googleapi: Error 404: The resource '${id}' was not found, notFound`;

/** Answers a data source, which is called as what it reads, and told some of its inputs. */
function read(type: string) {
  return (args: Properties, objects: () => CloudObject[]): Properties => {
    const found = objects().find(
      (object) =>
        object.type.endsWith(`:${type}`) && Object.entries(args).every(([key, value]) => object.inputs[key] === value),
    );
    if (!found) throw Object.assign(new Error(missing(String(args.name))), { stack: "" });
    return { ...found.inputs, ...found.outputs, id: found.id };
  };
}

/** Gives facts of a type that adds to a policy: to add what is in it changes nothing. Its id says where, what and who. */
function grant(...place: string[]): TypeFacts {
  const keys = [...place, "role", "member"];
  return {
    id: (inputs) => {
      const { title } = (inputs.condition ?? {}) as Properties;
      return [...keys.map((key) => inputs[key]), ...(title === undefined ? [] : [title])].join("/");
    },
    sameAgain: [...keys, "condition"],
    replaceOn: [...keys, "condition"],
  };
}

const types: Record<string, TypeFacts> = {
  "compute/network:Network": resource("global", "networks", { replaceOn: ["autoCreateSubnetworks"] }),
  "compute/subnetwork:Subnetwork": resource("region", "subnetworks", { replaceOn: ["network", "ipCidrRange"] }),
  "compute/firewall:Firewall": resource("global", "firewalls", {
    replaceOn: ["network", "direction"],
    refuses: ({ inputs: { sourceTags = [], targetTags = [] } }) => {
      const wrong = [sourceTags, targetTags].flat(2).find((tag) => !nameOrTag.test(String(tag)));
      return wrong === undefined ? undefined : `googleapi: Error 400: Invalid value for a tag: '${wrong}', invalid`;
    },
  }),
  "compute/router:Router": resource("region", "routers", { replaceOn: ["network"] }),
  "compute/routerNat:RouterNat": {
    id: ({ name, router }, logical) => `${project}/${region}/${router}/${name ?? logical}`,
    replaceOn: ["name", "router"],
  },
  "compute/address:Address": resource("region", "addresses", {
    replaceOn: ["address", "addressType", "subnetwork"],
    outputs: ({ inputs }, random) => ({ address: inputs.address ?? publicAddress(random) }),
  }),
  "compute/disk:Disk": resource("zone", "disks", { replaceOn: ["type", "image", "diskEncryptionKey"] }),
  "compute/instance:Instance": resource("zone", "instances", {
    replaceOn: ["bootDisk", "networkInterfaces", "metadataStartupScript", "hostname"],
    inPlace: ["metadata", "machineType"],
    addresses: [{ within: "networkInterfaces", subnet: "subnetwork", address: "networkIp" }],
    outputs: ({ inputs, outputs }, random) => ({
      instanceId: outputs.instanceId ?? String(Number.parseInt(crypto.randomUUID().slice(-12), 16)),
      currentStatus: "RUNNING",
      networkInterfaces: withPublicAddresses(outputs.networkInterfaces ?? inputs.networkInterfaces, random),
    }),
    deletableInUse: true,
  }),
  "compute/attachedDisk:AttachedDisk": { replaceOn: ["disk", "instance", "deviceName"] },
  "compute/instanceGroup:InstanceGroup": resource("zone", "instanceGroups", { replaceOn: ["network"] }),
  "compute/resourcePolicy:ResourcePolicy": resource("region", "resourcePolicies", {
    replaceOn: ["groupPlacementPolicy"],
  }),
  "compute/healthCheck:HealthCheck": resource("global", "healthChecks"),
  "compute/regionHealthCheck:RegionHealthCheck": resource("region", "healthChecks"),
  "compute/regionBackendService:RegionBackendService": resource("region", "backendServices"),
  "compute/targetPool:TargetPool": resource("region", "targetPools"),
  "compute/forwardingRule:ForwardingRule": resource("region", "forwardingRules", {
    replaceOn: ["ipAddress", "portRange", "ports", "loadBalancingScheme"],
    outputs: ({ inputs }, random) => ({ ipAddress: inputs.ipAddress ?? publicAddress(random) }),
  }),
  "compute/subnetworkIAMMember:SubnetworkIAMMember": grant("project", "region", "subnetwork"),
  "projects/iAMMember:IAMMember": grant("project"),
  "projects/iAMCustomRole:IAMCustomRole": {
    id: ({ roleId }, logical) => `projects/${project}/roles/${roleId ?? logical}`,
    patterns: { roleId: /^[\w.]{3,64}$/, title: /^.{0,100}$/ },
    replaceOn: ["roleId"],
    outputs: ({ id }) => ({ name: id, project, deleted: false }),
    // Grants of it give nothing from then on.
    deletableInUse: true,
  },
  "serviceaccount/account:Account": {
    id: ({ accountId }, logical) =>
      `projects/${project}/serviceAccounts/${accountId ?? logical}@${project}.iam.gserviceaccount.com`,
    patterns: { accountId: /^[a-z][-a-z0-9]{4,28}[a-z0-9]$/, displayName: /^.{0,100}$/ },
    replaceOn: ["accountId"],
    outputs: ({ id }, random) => {
      const email = id.slice(id.lastIndexOf("/") + 1);
      const uniqueId = String(BigInt(`0x${random.slice(0, 16)}`)).padStart(21, "1");
      return { name: id, email, member: `serviceAccount:${email}`, project, uniqueId };
    },
    deletableInUse: true,
  },
  "serviceaccount/iAMMember:IAMMember": grant("serviceAccountId"),
};

const reads = Object.keys(types).map((type) => [type.replace(/\/\w+:(\w+)$/, "/get$1:get$1"), read(type)]);

export const gcp: Cloud = {
  sdk: "@pulumi/gcp",
  types,
  newId: (_type, inputs, name) => `${inputs.name ?? name}-${crypto.randomUUID().slice(0, 8)}`,
  reference: (text) => {
    const [, email, owner] = accountEmail.exec(text) ?? [];
    const id = email ? `projects/${owner}/serviceAccounts/${email}` : text.replace(api, "");
    return isReference.test(id) ? id : undefined;
  },
  namedReferences: { router: "Router", subnetwork: "Subnetwork" },
  fills: ["networkIp", "natIp", "name", "networkTier", "stackType", "nicType"],
  invokes: {
    ...Object.fromEntries(reads),
    "organizations/getClientConfig:getClientConfig": () => ({ id: project, project, region, zone: `${region}-a` }),
    "compute/getImage:getImage": (args) => {
      const name = args.name ?? args.family ?? "ubuntu-2404";
      const id = `projects/${args.project ?? "ubuntu-os-cloud"}/global/images/${name}`;
      return { id, name, selfLink: `${api}${id}` };
    },
    "compute/getZones:getZones": () => ({ id: region, names: ["a", "b", "c"].map((zone) => `${region}-${zone}`) }),
  },
  refusal: {
    missing: (_kind, id) => missing(id),
    inUse: (kind, id, by) =>
      `googleapi: Error 400: The ${kind} resource '${id}' is already being used by '${by.id}', resourceInUseByAnotherResource (DependencyViolation)`,
    exists: (_kind, id) => `googleapi: Error 409: The resource '${id}' already exists, alreadyExists`,
    addressInUse: (address) =>
      `googleapi: Error 400: IP_IN_USE_BY_ANOTHER_RESOURCE: IP '${address}' is already being used`,
    quota: (kind, limit) => `googleapi: Error 403: Quota '${kind}' exceeded. Limit: ${limit}.0, quotaExceeded`,
    throttled: (status) => `googleapi: Error ${status}: Rate Limit Exceeded, rateLimitExceeded`,
    failed: (kind) => `googleapi: Error 500: Internal error while working on the ${kind}, backendError`,
  },
};
