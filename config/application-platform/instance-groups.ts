import type { GroupName, PlatformSize } from "./group.ts";
import type { InstanceGroup } from "./instance-group.ts";
import { containerPorts, httpGateway, sshGateway, tcp, tcpGateway } from "./ports.ts";

type PerSize<T> = Record<PlatformSize, T>;

const each = <T>(minimum: T, standard: T, operation: T): PerSize<T> => ({ minimum, standard, operation });
const always = <T>(value: T): PerSize<T> => each(value, value, value);

const many = 100;
const upstream = "cf-deployment.yml";
const controllers: GroupName[] = ["api", "cc-worker", "scheduler"];

/**
 * Cloud Foundry as cf-deployment v58.0.0 has it. Ports are those of upstream's manifest, and where it names none, the jobs' defaults
 * as upstream's documentation of firewalls lists them (docs.cloudfoundry.org: Routing for isolation segments, port reference table).
 */
export const instanceGroups: Record<GroupName, InstanceGroup> = {
  haproxy: {
    purpose: "load balancer where the infrastructure has none",
    source: "operations/use-haproxy.yml",
    layer: "front",
    count: always(1),
    most: 1,
    vmType: each("minimal", "minimal", "small"),
    ports: [],
  },
  router: {
    purpose: "HTTP requests to applications and to the platform's own API",
    source: upstream,
    layer: "front",
    count: each(1, 2, 3),
    most: many,
    vmType: each("minimal", "minimal", "small"),
    gatewayPorts: httpGateway,
    ports: [tcp(8443, ["gateway"], "health of the router")],
  },
  "tcp-router": {
    purpose: "TCP routes of applications",
    source: upstream,
    layer: "front",
    count: each(1, 2, 2),
    most: many,
    vmType: always("minimal"),
    gatewayPorts: tcpGateway,
    ports: [tcp(80, ["gateway"], "health of the TCP router")],
  },
  scheduler: {
    purpose: "auctions of work among cells, clock, SSH into applications",
    source: upstream,
    layer: "control",
    count: each(1, 2, 2),
    most: many,
    vmType: each("minimal", "minimal", "small"),
    gatewayPorts: sshGateway,
    ports: [
      tcp(9016, ["diego-api"], "auctioneer"),
      tcp(8054, ["diego-cell"], "service discovery"),
      tcp(9000, ["vms"], "bindings of syslog drains"),
    ],
  },
  api: {
    purpose: "cloud controller, routing API, network policies, staging's files",
    source: upstream,
    layer: "control",
    count: each(1, 2, 3),
    most: many,
    vmType: each("small", "small", "small-highmem-16GB"),
    ephemeralDiskGiB: 50,
    ports: [
      tcp(9022, ["router", "scheduler"], "cloud controller"),
      tcp(9024, ["router"], "cloud controller over TLS"),
      tcp(9023, ["diego-api", "diego-cell", "scheduler", "log-api", "log-cache"], "cloud controller, from within"),
      tcp(3001, ["router", "tcp-router", "diego-cell"], "routing API"),
      tcp(4002, ["router"], "network policies"),
      tcp(4003, ["diego-cell"], "network policies for cells"),
      tcp(8080, ["diego-cell"], "file server"),
      tcp(8447, ["diego-cell"], "file server over TLS"),
      tcp(9091, ["diego-cell"], "uploads of staged applications"),
    ],
  },
  "cc-worker": {
    purpose: "cloud controller's longer work",
    source: upstream,
    layer: "control",
    count: each(1, 2, 2),
    most: many,
    vmType: each("minimal", "minimal", "small"),
    ports: [],
  },
  uaa: {
    purpose: "users, logins and tokens",
    source: upstream,
    layer: "control",
    count: each(1, 2, 3),
    most: many,
    vmType: each("minimal", "small", "small"),
    ports: [
      tcp(
        8443,
        ["router", "tcp-router", "api", "cc-worker", "scheduler", "log-api", "log-cache", "credhub", "diego-cell"],
        "logins and tokens",
      ),
    ],
  },
  credhub: {
    purpose: "credentials of service bindings",
    source: upstream,
    layer: "control",
    count: each(1, 2, 2),
    most: many,
    vmType: each("minimal", "minimal", "small"),
    ports: [tcp(8844, ["api", "cc-worker", "diego-cell"], "credentials")],
  },
  "diego-api": {
    purpose: "what runs where (BBS), locks, the containers' network",
    source: upstream,
    layer: "control",
    count: each(1, 2, 2),
    most: many,
    vmType: each("minimal", "small", "small"),
    ports: [
      tcp(8889, ["api", "cc-worker", "scheduler", "diego-cell"], "BBS"),
      tcp(8891, ["diego-api", "api", "scheduler", "diego-cell"], "locks"),
      tcp(4103, ["diego-cell"], "leases of the containers' network"),
    ],
  },
  "diego-cell": {
    purpose: "applications' containers (rep, Garden, route emitter)",
    source: upstream,
    layer: "cells",
    count: each(1, 3, 6),
    most: 1000,
    vmType: always("small-highmem-16GB"),
    ephemeralDiskGiB: 100,
    ports: [
      tcp(1801, ["diego-api", "scheduler"], "rep: work to start and stop"),
      { protocol: "tcp", ...containerPorts, from: ["router", "tcp-router", "scheduler"], purpose: "applications" },
      { protocol: "udp", fromPort: 4789, toPort: 4789, from: ["diego-cell"], purpose: "containers' network, VXLAN" },
    ],
  },
  nats: {
    purpose: "routes, from who serves them to the routers",
    source: upstream,
    layer: "state",
    count: each(1, 2, 3),
    most: many,
    vmType: each("minimal", "minimal", "small"),
    ports: [
      tcp(
        4224,
        ["router", "scheduler", "api", "uaa", "database", "singleton-blobstore", "diego-cell", "log-api", "log-cache"],
        "messages",
      ),
      tcp(4225, ["nats"], "members of the cluster"),
    ],
  },
  database: {
    purpose: "MySQL (Percona XtraDB Cluster) of all components",
    source: upstream,
    layer: "state",
    count: each(1, 1, 3),
    most: 7,
    isQuorum: true,
    vmType: each("small", "small", "small-highmem-16GB"),
    persistentDiskGiB: 10,
    ports: [
      tcp(3306, ["diego-api", "uaa", "credhub", ...controllers, "rotate-cc-database-key"], "MySQL, through its proxy"),
      tcp(13306, ["database"], "MySQL, from the proxies"),
      tcp(8082, ["router"], "proxies' states, all"),
      tcp(8083, ["router"], "proxy's state"),
      tcp(9200, ["database"], "health of a member"),
      tcp(4444, ["database"], "state transfer"),
      tcp(4567, ["database"], "Galera"),
      tcp(4568, ["database"], "incremental state transfer"),
    ],
  },
  "singleton-blobstore": {
    purpose: "packages, droplets and buildpacks (WebDAV)",
    source: upstream,
    layer: "state",
    count: always(1),
    most: 1,
    vmType: each("minimal", "small", "small"),
    persistentDiskGiB: 100,
    ports: [
      tcp(4443, [...controllers, "diego-cell"], "blobs, from within"),
      tcp(8081, ["router"], "blobs, by signed address"),
    ],
  },
  doppler: {
    purpose: "gathers logs and metrics",
    source: upstream,
    layer: "logs",
    count: each(1, 3, 3),
    most: many,
    vmType: each("minimal", "minimal", "small"),
    ports: [tcp(8082, ["vms"], "logs and metrics")],
  },
  "log-api": {
    purpose: "streams logs and metrics to who asks",
    source: upstream,
    layer: "logs",
    count: each(1, 2, 2),
    most: many,
    vmType: each("minimal", "minimal", "small"),
    ports: [tcp(8081, ["router"], "log streams"), tcp(8088, ["router"], "log streams, gateway")],
  },
  "log-cache": {
    purpose: "the latest logs and metrics, in memory",
    source: upstream,
    layer: "logs",
    count: each(1, 1, 2),
    most: many,
    vmType: each("minimal", "small", "small-highmem-16GB"),
    ports: [
      tcp(8080, ["api", "log-cache"], "queries, and between members"),
      tcp(8083, ["router"], "queries of users"),
      tcp(6067, ["vms"], "logs and metrics"),
    ],
  },
  "smoke-tests": {
    purpose: "pushes an application and asks for it",
    source: upstream,
    layer: "control",
    isErrand: true,
    count: always(1),
    most: 1,
    vmType: always("minimal"),
    ports: [],
  },
  "rotate-cc-database-key": {
    purpose: "encrypts the cloud controller's columns with a new key",
    source: upstream,
    layer: "control",
    isErrand: true,
    count: always(1),
    most: 1,
    vmType: always("minimal"),
    ports: [],
  },
};

export const groupNames = Object.keys(instanceGroups) as GroupName[];

/** Groups that an environment can size: all but errands. */
export const sizedGroupNames = groupNames.filter((name) => !instanceGroups[name].isErrand);
