import { setTimeout as sleep } from "node:timers/promises";
import * as identity from "@pulumi/openstack/identity/index.js";
import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../shared/finder.ts";
import { createProvider } from "./provider.ts";
import type { Settings } from "./settings.ts";

type Properties = Record<string, unknown>;
type Found = Properties & { id: string };

/** Look-up of one type of resource: where its kind is listed, and which of the list it is. */
interface Lookup {
  service: "compute" | "network" | "volumev3" | "load-balancer";
  path: string | ((inputs: Properties) => string);
  is(found: Found, inputs: Properties, environment: string): boolean;
}

const sameName: Lookup["is"] = (found, { name }) => found.name === name;
const named = (service: Lookup["service"], path: string): Lookup => ({ service, path, is: sameName });
const on = (path: string, filters: (inputs: Properties) => Properties) => (inputs: Properties) => {
  const query = Object.entries(filters(inputs)).map(([key, value]): [string, string] => [key, String(value)]);
  return `${path}?${new URLSearchParams(query)}`;
};

/** Look-ups by type. Resources of other types are made again without harm after a killed run. */
export const lookups: Record<string, Lookup> = {
  "openstack:networking/network:Network": named("network", "/v2.0/networks"),
  "openstack:networking/router:Router": named("network", "/v2.0/routers"),
  "openstack:networking/subnet:Subnet": named("network", "/v2.0/subnets"),
  "openstack:networking/secGroup:SecGroup": named("network", "/v2.0/security-groups"),
  "openstack:networking/port:Port": {
    service: "network",
    path: on("/v2.0/ports", ({ networkId }) => ({ network_id: networkId })),
    is: sameName,
  },
  // Known by the port that it is on the router.
  "openstack:networking/routerInterface:RouterInterface": {
    service: "network",
    path: on("/v2.0/ports", ({ routerId }) => ({ device_id: routerId })),
    is: ({ fixed_ips }, { subnetId }) => (fixed_ips as Properties[]).some(({ subnet_id }) => subnet_id === subnetId),
  },
  "openstack:networking/secGroupRule:SecGroupRule": {
    service: "network",
    path: on("/v2.0/security-group-rules", ({ securityGroupId }) => ({ security_group_id: securityGroupId })),
    is: (found, inputs) =>
      equal(found.direction, inputs.direction) &&
      equal(found.protocol, inputs.protocol === "vrrp" ? "112" : inputs.protocol, inputs.protocol) &&
      equal(found.port_range_min, inputs.portRangeMin) &&
      equal(found.port_range_max, inputs.portRangeMax) &&
      equal(found.remote_ip_prefix, inputs.remoteIpPrefix) &&
      equal(found.remote_group_id, inputs.remoteGroupId),
  },
  "openstack:networking/floatingIp:FloatingIp": {
    service: "network",
    path: on("/v2.0/floatingips", ({ portId, description }) => (portId ? { port_id: portId } : { description })),
    is: (found, { portId, description }) =>
      portId ? found.port_id === portId : description !== undefined && found.description === description,
  },
  "openstack:networking/portForwardingV2:PortForwardingV2": {
    service: "network",
    path: ({ floatingipId }) => `/v2.0/floatingips/${floatingipId}/port_forwardings`,
    is: (found, { externalPort }) => found.external_port === externalPort,
  },
  "openstack:compute/keypair:Keypair": named("compute", "/os-keypairs"),
  "openstack:compute/serverGroup:ServerGroup": named("compute", "/os-server-groups"),
  "openstack:compute/instance:Instance": {
    service: "compute",
    path: "/servers/detail",
    // A host name may well be somebody else's server's, too.
    is: (found, inputs, environment) =>
      sameName(found, inputs, environment) && (found.metadata as Properties)["kpaas-environment"] === environment,
  },
  "openstack:blockstorage/volume:Volume": named("volumev3", "/volumes"),
  // Octavia's members are set all at once, as often as one likes.
  "openstack:loadbalancer/loadBalancer:LoadBalancer": named("load-balancer", "/v2.0/lbaas/loadbalancers"),
  "openstack:loadbalancer/listener:Listener": named("load-balancer", "/v2.0/lbaas/listeners"),
  "openstack:loadbalancer/pool:Pool": named("load-balancer", "/v2.0/lbaas/pools"),
  "openstack:loadbalancer/member:Member": {
    service: "load-balancer",
    path: ({ poolId }) => `/v2.0/lbaas/pools/${poolId}/members`,
    is: sameName,
  },
  "openstack:loadbalancer/monitor:Monitor": named("load-balancer", "/v2.0/lbaas/healthmonitors"),
};

/** Tells whether a value is one of those wanted. The cloud says null where a rule leaves something open. */
const equal = (found: unknown, ...wanted: unknown[]) => wanted.some((each) => (found ?? undefined) === each);

/** Finds resources by the cloud's own API: its provider goes by their ids only. `loadBalancers`: the service that has them. */
export async function createFinder(
  { name, infrastructure }: Environment,
  loadBalancers: Lookup["service"] = "load-balancer",
): Promise<Finder> {
  const provider = createProvider(infrastructure as Settings);
  const scope = await identity.getAuthScope({ name: "recovery", setTokenId: true }, { provider, async: true });
  const list = async ({ service: usual, path }: Lookup, inputs: Properties): Promise<Found[]> => {
    const service = usual === "load-balancer" ? loadBalancers : usual;
    const endpoints = scope.serviceCatalogs.find(({ type }) => type === service)?.endpoints ?? [];
    const here = endpoints.find(({ interface: kind, region }) => kind === "public" && region === scope.region);
    const url = (here ?? endpoints.find(({ interface: kind }) => kind === "public"))?.url.replace(/\/$/, "");
    if (!url) throw new Error(`the cloud has no ${service} service`);
    const response = await fetch(url + (typeof path === "string" ? path : path(inputs)), {
      headers: { "X-Auth-Token": scope.tokenId },
    });
    if (!response.ok) throw new Error(`${new URL(response.url).pathname}: ${response.status} ${response.statusText}`);
    const found = Object.values((await response.json()) as object).find(Array.isArray) ?? [];
    return found.map(identified).filter(({ project_id = scope.projectId }) => project_id === scope.projectId);
  };
  return async ({ type, inputs }, known) => {
    const lookup = lookups[type];
    if (!lookup) return undefined;
    for (let tries = 0; ; tries++) {
      const found = await list(lookup, inputs);
      const made = found.find((each) => !known.has(each.id) && lookup.is(each, inputs, name));
      if (made?.status !== building) return made?.id;
      if (tries === buildingSecondsMax) throw new Error(`server ${made.id} has been in the making for half an hour`);
      await sleep(1000);
    }
  };
}

/** Status of a server that the provider cannot read yet. It waits as long itself for one that it asked for. */
const building = "BUILD";
const buildingSecondsMax = 1800;

/** Gives what was listed with its id. Key pairs come wrapped, and are known by their name. */
function identified(listed: Properties): Found {
  const found = (listed.keypair ?? listed) as Found;
  return { ...found, id: found.id ?? found.name };
}
