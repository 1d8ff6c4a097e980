import { expect, test } from "vitest";
import { problems } from "../tests/harness/environments/example-environment.ts";

const pool = (settings: object) => ({ containerPlatform: { workerPools: [{ name: "worker" }, settings] } });
const platform = (settings: object) => ({ containerPlatform: settings });
const network = (settings: object) => ({ network: settings });
const openstack = (settings: object = {}, range: object = {}) => ({
  infrastructure: { kind: "openstack", ...settings },
  network: { adminCidrs: ["203.0.113.0/24"], ...range },
});
const mirror = (settings: object) =>
  platform({ registry: { mirrors: [{ url: "https://harbor.example.com", ...settings }] } });
const cases: [rule: string, settings: object, problem: string | RegExp][] = [
  [
    "an even number of masters",
    platform({ masters: { count: 4 } }),
    "containerPlatform.masters.count: must be odd so that etcd keeps a quorum (got 4); use 3 or 5",
  ],
  [
    "images that no registry has which nodes may ask",
    platform({
      registry: {
        mirrorUpstream: false,
        upstream: "never",
        mirrors: [{ url: "https://a.example.com", serves: ["docker.io"] }],
      },
    }),
    'containerPlatform.registry.upstream: must not be never where no registry of the site stands in for registry.k8s.io, ghcr.io, quay.io (got "never"); ' +
      "set registry.mirrorUpstream to true, or name a registry that serves them in registry.mirrors",
  ],
  [
    "packages that are served to machines that come with them",
    { packages: { source: "platform" } },
    'packages.source: must be machine on local, whose machines come with all of theirs (got "platform"); use machine',
  ],
  [
    "two accounts at one upstream registry",
    platform({ registry: { upstreams: ["a", "b"].map((loginSecret) => ({ host: "docker.io", loginSecret })) } }),
    /^containerPlatform.registry.upstreams: must name every host once/,
  ],
  [
    "a site's registry without TLS",
    mirror({ url: "http://harbor.example.com" }),
    /^containerPlatform.registry.mirrors\[0\].url: must be the address of a registry/,
  ],
  [
    "a site's registry with a login in its address",
    mirror({ url: "https://user:password@harbor.example.com" }),
    /^containerPlatform.registry.mirrors\[0\].url: must be/,
  ],
  [
    "a site's registry with the API's own path",
    mirror({ url: "https://harbor.example.com/v2" }),
    /mirrors\[0\].url: .*without \/v2/,
  ],
  [
    "a site's registry for a host that nobody mirrors",
    mirror({ serves: ["example.com"] }),
    /^containerPlatform.registry.mirrors\[0\].serves\[0\]: must be/,
  ],
  [
    "an authority that is none",
    mirror({ caCertPem: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----" }),
    /^containerPlatform.registry.mirrors\[0\].caCertPem: must be certificates/,
  ],
  [
    "a login in place of its name",
    mirror({ loginSecret: "user:password" }),
    /^containerPlatform.registry.mirrors\[0\].loginSecret: must be the name of a secret/,
  ],
  [
    "a site's registry twice",
    platform({ registry: { mirrors: [{ url: "https://a.example.com" }, { url: "https://a.example.com" }] } }),
    /^containerPlatform.registry.mirrors: must name every registry once/,
  ],
  ["no masters", platform({ masters: { count: 0 } }), /^containerPlatform.masters.count: must be at least 1 \(got 0\)/],
  [
    "more masters than etcd bears",
    platform({ masters: { count: 9 } }),
    /^containerPlatform.masters.count: must be at most 7/,
  ],
  ["an address that is none", network({ cidr: "999.1.1.1/24" }), /^network.cidr: must be an IPv4 range .*999/],
  [
    "a range with host bits",
    network({ cidr: "10.180.0.7/24" }),
    'network.cidr: must have no host bits set (got "10.180.0.7/24"); use 10.180.0.0/24',
  ],
  ["a public machine range", network({ cidr: "8.8.8.0/24" }), /^network.cidr: must be a private range .*10.0.0.0\/8/],
  [
    "a machine range that is too small",
    network({ cidr: "10.180.0.0/25" }),
    /^network.cidr: must be between \/16 and \/24/,
  ],
  [
    "a machine range that is too large",
    network({ cidr: "10.0.0.0/8", podCidr: "172.16.0.0/16", serviceCidr: "172.17.0.0/16" }),
    /^network.cidr: must be between/,
  ],
  [
    "machines among pods",
    network({ cidr: "10.233.64.0/24" }),
    /^network.podCidr: must not overlap network.cidr, 10.233.64.0\/24 \(got "10.233.64.0\/18"\); /,
  ],
  [
    "machines among services",
    network({ cidr: "10.233.0.0/24" }),
    /^network.serviceCidr: must not overlap network.cidr/,
  ],
  [
    "services among pods",
    network({ serviceCidr: "10.233.96.0/20" }),
    /^network.serviceCidr: must not overlap network.podCidr/,
  ],
  [
    "a service range that is too small",
    network({ serviceCidr: "10.233.0.0/25" }),
    /^network.serviceCidr: must be between \/12 and \/24/,
  ],
  ["a service range that Kubernetes refuses", network({ serviceCidr: "172.16.0.0/11" }), /^network.serviceCidr: /],
  [
    "fewer pod ranges than nodes",
    { ...network({ podCidr: "10.233.64.0/22" }), ...platform({ workerPools: [{ name: "worker", count: 4 }] }) },
    'network.podCidr: must hold a /24 for each node: 5 nodes, room for 4 (got "10.233.64.0/22"); use a /21 or larger',
  ],
  [
    "more workers than addresses",
    {
      ...network({ podCidr: "10.0.0.0/16" }),
      ...platform({
        workerPools: [
          { name: "a", count: 100 },
          { name: "b", count: 20 },
        ],
      }),
    },
    /^network.cidr: must hold the workers: 120 in one zone, room for 119/,
  ],
  [
    "administrators everywhere",
    network({ adminCidrs: ["0.0.0.0/0"] }),
    /^network.adminCidrs\[0\]: must not let the whole internet in/,
  ],
  ["no administrators", network({ adminCidrs: [] }), /^network.adminCidrs: must have at least 1 entry/],
  ["a domain that is none", network({ domain: "my_domain" }), /^network.domain: must be a DNS name/],
  ["two zones on one machine", network({ zones: 2, cidr: "10.180.0.0/23" }), /^network.zones: must be 1 on local/],
  [
    "an old Kubernetes",
    platform({ kubernetesVersion: "1.32.5" }),
    /^containerPlatform.kubernetesVersion: must be a supported version \(got "1.32.5"\); supported are 1.34, 1.35, 1.36/,
  ],
  [
    "a version with a v",
    platform({ kubernetesVersion: "v1.36.3" }),
    /^containerPlatform.kubernetesVersion: must be a full version/,
  ],
  [
    "a version that YAML reads as a number",
    platform({ kubernetesVersion: 1.36 }),
    /^containerPlatform.kubernetesVersion: must be a full version in text/,
  ],
  [
    "a version that local cannot make",
    platform({ kubernetesVersion: "1.35.0" }),
    /^containerPlatform.kubernetesVersion: must be 1.35.4 or 1.36.1 or 1.36.3 or 1.37.2 on local/,
  ],
  [
    "an unknown pod network",
    platform({ podNetwork: "callico" }),
    /^containerPlatform.podNetwork: must be one of flannel, calico \(got "callico"\); did you mean calico\?/,
  ],
  [
    "two gateways on local",
    platform({ haproxy: { count: 2 } }),
    /^containerPlatform.haproxy.count: a pair needs a virtual address, which is not yet built on local/,
  ],
  [
    "a load balancer where there is none",
    platform({ gateway: "load-balancer" }),
    'containerPlatform.gateway: must be haproxy on local, where no load balancer is built (got "load-balancer"); use haproxy',
  ],
  [
    "one zone for a load balancer that takes two",
    {
      infrastructure: { kind: "alibaba" },
      network: { adminCidrs: ["203.0.113.0/24"] },
      ...platform({ gateway: "load-balancer" }),
    },
    "network.zones: must be at least 2 for the load balancer of alibaba (got 1); use 2, or set containerPlatform.gateway to haproxy",
  ],
  [
    "a range without room for the NAT gateways' own subnets",
    {
      infrastructure: { kind: "naver", image: "123456" },
      network: { cidr: "10.180.0.0/24", zones: 2, adminCidrs: ["203.0.113.0/24"] },
    },
    'network.cidr: must leave each of 2 zones at least a /24 (got "10.180.0.0/24"); use a /23 or larger',
  ],
  [
    "HAProxy machines beside a load balancer",
    { ...openstack(), ...platform({ gateway: "load-balancer", haproxy: { count: 1 } }) },
    "containerPlatform.haproxy: is for gateway haproxy, and containerPlatform.gateway is load-balancer; remove one of the two",
  ],
  [
    "an unknown gateway",
    platform({ gateway: "loadbalancer" }),
    /^containerPlatform.gateway: must be one of haproxy, load-balancer \(got "loadbalancer"\); did you mean load-balancer\?/,
  ],
  [
    "a pool named twice",
    pool({ name: "worker" }),
    /^containerPlatform.workerPools\[1\].name: must differ from every other pool's/,
  ],
  [
    "a pool named like a role",
    pool({ name: "master" }),
    /^containerPlatform.workerPools\[1\].name: must not be the name of a role/,
  ],
  [
    "a pool name that no host can have",
    pool({ name: "GPU_1" }),
    /^containerPlatform.workerPools\[1\].name: must be lower-case/,
  ],
  ["a pool without a name", pool({}), "containerPlatform.workerPools[1].name: is required"],
  [
    "a label in Kubernetes' own namespace",
    pool({ name: "b", labels: { "kubernetes.io/x": "1" } }),
    /^containerPlatform.workerPools\[1\].labels\["kubernetes.io\/x"\]: must lie outside/,
  ],
  [
    "the role label that a node may not give itself",
    pool({ name: "b", labels: { "node-role.kubernetes.io/x": "" } }),
    /labels\["node-role.kubernetes.io\/x"\]: must lie outside/,
  ],
  [
    "a label that YAML reads as a boolean",
    pool({ name: "b", labels: { gpu: true } }),
    'containerPlatform.workerPools[1].labels.gpu: must be text (got true); put it in quotes: "true"',
  ],
  [
    "a label value with a space",
    pool({ name: "b", labels: { gpu: "a b" } }),
    /^containerPlatform.workerPools\[1\].labels.gpu: must be a Kubernetes label value/,
  ],
  [
    "a taint without an effect",
    pool({ name: "b", taints: [{ key: "a" }] }),
    /^containerPlatform.workerPools\[1\].taints\[0\].effect: is required: one of NoSchedule/,
  ],
  [
    "a taint given twice",
    pool({
      name: "b",
      taints: [
        { key: "a", effect: "NoExecute" },
        { key: "a", value: "1", effect: "NoExecute" },
      ],
    }),
    /^containerPlatform.workerPools\[1\].taints: must pair each key and effect once/,
  ],
  [
    "taints on every worker",
    platform({
      workerPools: [
        { name: "a", taints: [{ key: "a", effect: "NoSchedule" }] },
        { name: "b", count: 0 },
      ],
    }),
    /^containerPlatform.workerPools: every worker is tainted/,
  ],
  [
    "no workers",
    platform({ workerPools: [{ name: "a", count: 0 }] }),
    /^containerPlatform.workerPools: too few workers for storage of kind nfs, which needs 1 \(got 0\)/,
  ],
  [
    "a consumer that is the database's administrator",
    platform({ database: { consumers: ["root"] } }),
    /^containerPlatform.database.consumers\[0\]: must not be one of the database server's own names \(got "root"\)/,
  ],
  [
    "a consumer that is no identifier",
    platform({ database: { consumers: ["a'; DROP"] } }),
    /^containerPlatform.database.consumers\[0\]: must be a database name/,
  ],
  [
    "a consumer named twice",
    platform({ database: { consumers: ["a", "a"] } }),
    /^containerPlatform.database.consumers: must name every consumer once/,
  ],
  [
    "a time-out of nothing",
    { timeouts: { firstBootSeconds: 0 } },
    /^timeouts.firstBootSeconds: must be at least 60 \(got 0\)/,
  ],
  [
    "a maintenance window in words of one's own",
    { maintenance: { window: "Sundays at night" } },
    'maintenance.window: must be such as "Sun 02:00-05:00 Asia/Seoul" or "daily 23:00-01:00" (got "Sundays at night")',
  ],
  [
    "a maintenance window that is too short",
    { maintenance: { window: "Sun 02:00-02:30" } },
    'maintenance.window: must last an hour or longer, and less than a day (got "Sun 02:00-02:30")',
  ],
  [
    "another word for restarts",
    { maintenance: { reboot: "always" } },
    /^maintenance.reboot: must be one of if-needed, never \(got "always"\)/,
  ],
  [
    "a key with nothing below it",
    platform({ masters: null }),
    /^containerPlatform.masters: must be a map \(got nothing\); give it a value or remove the key/,
  ],
  [
    "text where a number belongs",
    platform({ masters: { count: "3" } }),
    /^containerPlatform.masters.count: must be a number \(got "3"\)/,
  ],
  [
    "half a machine",
    pool({ name: "b", count: 1.5 }),
    /^containerPlatform.workerPools\[1\].count: must be a whole number \(got 1.5\)/,
  ],
  [
    "a misspelt key",
    platform({ workerPool: [] }),
    "containerPlatform.workerPool: unknown key; did you mean workerPools?",
  ],
  ["a part that comes later", { services: {} }, /^services: not yet built/],
  ["a bastion where none is needed", { bastion: {} }, /^bastion: is not for local.*; remove it$/],
  [
    "more zones than the cloud has",
    openstack({ availabilityZones: ["az1", "az2"] }, { cidr: "10.180.0.0/22", zones: 3 }),
    /^network.zones: must be no more than infrastructure.availabilityZones names: az1, az2 \(got 3\)/,
  ],
  ["a zone twice", openstack({ availabilityZones: ["a", "a"] }), /^infrastructure.availabilityZones: .*once/],
  [
    "a size that no flavour has",
    { ...openstack(), ...pool({ name: "big", size: { vcpus: 64 } }) },
    /^containerPlatform.workerPools\[1\].size: no type of infrastructure.machineTypes has 64 processors and 16 GiB/,
  ],
  ["a setting of another cloud", openstack({ vpc: "x" }), /^infrastructure.vpc: unknown key/],
];
test.each(cases)("refused, as the only problem: %s", (_, settings, problem) => {
  const found = problems({ infrastructure: { kind: "local" }, ...settings });
  expect(found).toEqual([typeof problem === "string" ? problem : expect.stringMatching(problem)]);
});
