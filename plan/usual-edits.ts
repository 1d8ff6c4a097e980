import { keptSettings } from "../config/on-record.ts";

/** An edit that a platform in use may get: settings by their paths, with what they become. Pools are told by their names. */
export interface UsualEdit {
  name: string;
  sets: Record<string, unknown>;
  /** Way there is where the edit is refused. */
  instead?: string;
}

/** Settings as a file has them below `kpaas:environment`. */
export type RawSettings = Record<string, unknown>;

const platform = "containerPlatform";
const pool = `${platform}.workerPools.web`;
const support = ["registry", "database", "storage"];

const each = (names: readonly string[], setting: string, value: unknown): UsualEdit["sets"] =>
  Object.fromEntries(names.map((name) => [`${platform}.${name}.${setting}`, value]));

const size = (path: string, vcpus: number, memoryGiB: number): UsualEdit["sets"] => ({
  [`${path}.size.vcpus`]: vcpus,
  [`${path}.size.memoryGiB`]: memoryGiB,
});

/** Platform that each edit is made to: some settings in place of those of an infrastructure's example. */
export const editedPlatform = {
  [`${platform}.kubernetesVersion`]: "1.35.4",
  [`${platform}.masters`]: { count: 3, size: { vcpus: 4, memoryGiB: 8 } },
  [`${platform}.workerPools`]: [
    { name: "web", count: 2, size: { vcpus: 4, memoryGiB: 8 } },
    { name: "batch", count: 3, labels: { tier: "batch" } },
  ],
} satisfies UsualEdit["sets"];

const away = "build another environment and move to it";

/** Edits that a platform takes. */
const taken: UsualEdit[] = [
  { name: "a pool's labels", sets: { [`${pool}.labels.tier`]: "web" } },
  {
    name: "a pool's taints",
    sets: {
      [`${platform}.workerPools.batch.taints`]: [{ key: "example.com/batch", value: "yes", effect: "NoSchedule" }],
    },
  },
  { name: "more workers in a pool", sets: { [`${pool}.count`]: 4 } },
  { name: "fewer workers in a pool", sets: { [`${platform}.workerPools.batch.count`]: 2 } },
  {
    name: "one more pool",
    sets: { [`${platform}.workerPools.gpu.name`]: "gpu", [`${platform}.workerPools.gpu.count`]: 2 },
  },
  { name: "a pool's generation", sets: { [`${pool}.generation`]: 2 } },
  { name: "a pool's size", sets: size(pool, 8, 16) },
  { name: "a pool's boot disk", sets: { [`${pool}.size.diskGiB`]: 120 } },
  {
    name: "how a pool's machines change",
    sets: {
      [`${pool}.rollout.maxUnavailable`]: "50%",
      [`${pool}.rollout.maxSurge`]: 1,
      [`${pool}.rollout.drainSeconds`]: 600,
      [`${pool}.rollout.drainTimeout`]: "force",
    },
  },
  { name: "masters, 3 to 5", sets: { [`${platform}.masters.count`]: 5 } },
  {
    name: "masters, 3 to 1",
    // Operation demands three.
    sets: { purpose: "development", [`${platform}.masters.count`]: 1 },
  },
  { name: "the masters' generation", sets: { [`${platform}.masters.generation`]: 2 } },
  { name: "the masters' size", sets: size(`${platform}.masters`, 8, 16) },
  { name: "the masters' boot disk", sets: { [`${platform}.masters.size.diskGiB`]: 120 } },
  { name: "larger data disks of masters", sets: { [`${platform}.masters.dataDiskGiB`]: 40 } },
  { name: "HAProxy machines, 2 to 1", sets: { purpose: "development", [`${platform}.haproxy.count`]: 1 } },
  { name: "HAProxy's generation", sets: { [`${platform}.haproxy.generation`]: 2 } },
  {
    name: "HAProxy's size and boot disk",
    sets: { ...size(`${platform}.haproxy`, 8, 16), [`${platform}.haproxy.size.diskGiB`]: 40 },
  },
  { name: "the bastion's generation", sets: { "bastion.generation": 2 } },
  { name: "the bastion's size and boot disk", sets: { ...size("bastion", 8, 16), "bastion.size.diskGiB": 40 } },
  { name: "generation of registry, database and storage", sets: each(support, "generation", 2) },
  {
    name: "size of registry, database and storage",
    sets: { ...each(support, "size.vcpus", 8), ...each(support, "size.memoryGiB", 16) },
  },
  { name: "boot disks of registry, database and storage", sets: each(support, "size.diskGiB", 40) },
  { name: "larger data disks of registry, database and storage", sets: each(support, "dataDiskGiB", 500) },
  { name: "one more consumer of the database", sets: { [`${platform}.database.consumers`]: ["portal", "billing"] } },
  { name: "where nodes pull images from", sets: { [`${platform}.registry.mirrorUpstream`]: false } },
  {
    name: "a site's own registry, and no upstream",
    sets: {
      [`${platform}.registry.mirrors`]: [{ url: "https://harbor.example.com" }],
      [`${platform}.registry.upstream`]: "never",
    },
  },
  { name: "who fills the registry", sets: { [`${platform}.registry.fill`]: "installer" } },
  {
    name: "an account at an upstream registry",
    sets: { [`${platform}.registry.upstreams`]: [{ host: "docker.io", loginSecret: "hub" }] },
  },
  { name: "the name of the StorageClass", sets: { [`${platform}.storage.className`]: "standard" } },
  {
    name: "what pods may do",
    sets: {
      [`${platform}.podSecurity.enforce`]: "restricted",
      [`${platform}.podSecurity.warn`]: "baseline",
      [`${platform}.podSecurity.exemptNamespaces`]: ["monitoring"],
    },
  },
  { name: "who may come in", sets: { "network.adminCidrs": ["198.51.100.0/24"] } },
  { name: "Kubernetes, a newer patch", sets: { [`${platform}.kubernetesVersion`]: "1.35.9" } },
  { name: "Kubernetes, the next minor", sets: { [`${platform}.kubernetesVersion`]: "1.36.3" } },
  {
    name: "Kubernetes, the next minor for all but one pool",
    sets: { [`${platform}.kubernetesVersion`]: "1.36.3", [`${pool}.kubernetesVersion`]: "1.35.4" },
  },
  { name: "how long `up` waits", sets: { "timeouts.firstBootSeconds": 1200, "timeouts.nodeReadySeconds": 1200 } },
  { name: "who gives the machines their packages", sets: { "packages.source": "platform" } },
  {
    name: "when machines' packages are maintained",
    sets: { "maintenance.window": "Sun 02:00-05:00 Asia/Seoul", "maintenance.reboot": "never" },
  },
  {
    name: "quota and how policies are enforced",
    sets: {
      "policies.quota.machines": 100,
      "policies.quota.vcpus": 1000,
      "policies.quota.memoryGiB": 4000,
      "policies.quota.diskGiB": 40_000,
      "policies.rules.quota-is-kept": {
        level: "advisory",
        reason: "as agreed with the operators",
        by: "the operators",
        date: "2026-11-30",
      },
    },
  },
  {
    name: "a month's budget",
    sets: { "policies.monthlyBudget.amount": 1_000_000, "policies.monthlyBudget.currency": "USD" },
  },
  { name: "operation to development", sets: { purpose: "development" } },
];

/** Edits that no platform takes. */
const refused: UsualEdit[] = [
  { name: "the pods' range", sets: { "network.podCidr": "10.64.0.0/14" }, instead: away },
  { name: "the services' range", sets: { "network.serviceCidr": "10.96.0.0/16" }, instead: away },
  { name: "the machines' range", sets: { "network.cidr": "10.200.0.0/21" }, instead: away },
  { name: "the number of zones", sets: { "network.zones": 1 }, instead: away },
  { name: "the domain", sets: { "network.domain": "platform.example.com" }, instead: away },
  { name: "the pod network", sets: { [`${platform}.podNetwork`]: "calico" }, instead: away },
  {
    name: "the gateway",
    sets: { [`${platform}.gateway`]: "load-balancer", [`${platform}.haproxy`]: undefined },
    instead: away,
  },
  { name: "the region", sets: { "infrastructure.region": "another-1" }, instead: away },
  { name: "the disks' type", sets: { "infrastructure.diskType": "another" }, instead: away },
  {
    name: "Kubernetes, an older patch",
    sets: { [`${platform}.kubernetesVersion`]: "1.35.1" },
    instead: "keep the version that runs, or a newer one",
  },
  {
    name: "Kubernetes, two minors on",
    sets: { [`${platform}.kubernetesVersion`]: "1.37.2" },
    instead: "go to the minor between first",
  },
  {
    name: "Kubernetes, a pool newer than the masters",
    sets: { [`${pool}.kubernetesVersion`]: "1.36.3" },
    instead: "upgrade the masters, and with them all pools or all but some",
  },
  {
    name: "smaller data disks",
    sets: each(support, "dataDiskGiB", 10),
    instead: "keep the size; a disk is copied to a smaller one by hand",
  },
  {
    name: "what serves volumes",
    sets: { [`${platform}.storage.kind`]: "rook-ceph" },
    instead: "keep nfs, the only one that is built",
  },
];

/** Edits of a platform in use, of every setting that is not an infrastructure's own nor the application platform's. */
export const usualEdits: readonly UsualEdit[] = [...taken, ...refused];

/** Gives a file's settings with others in their place; `undefined` takes one out. */
export function edited(settings: RawSettings, sets: UsualEdit["sets"]): RawSettings {
  const copy = structuredClone(settings);
  for (const [path, value] of Object.entries(sets)) put(copy, path.split("."), value);
  return copy;
}

type Named = { name: string };

function put(tree: RawSettings, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    if (value === undefined) delete tree[key];
    else tree[key] = structuredClone(value);
    return;
  }
  tree[key] ??= {};
  const inner = tree[key] as RawSettings | Named[];
  if (!Array.isArray(inner)) {
    put(inner, rest, value);
    return;
  }
  const [name = "", ...within] = rest;
  const known = inner.find((item) => item.name === name);
  const item = known ?? { name };
  if (!known) inner.push(item);
  put(item as unknown as RawSettings, within, value);
}

/** Tells whether a setting, by its path as the schema has it, is changed by one of the edits or kept for life. */
export function isEdited(path: string): boolean {
  if (keptSettings.includes(path)) return true;
  return usualEdits.some(({ sets }) => Object.keys(sets).some((set) => covers(set.split("."), path.split("."))));
}

/** `*` stands for any name. What is set as a whole has all that is in it. */
function covers(set: readonly string[], path: readonly string[]): boolean {
  return set.every((key, index) => path[index] === undefined || path[index] === "*" || path[index] === key);
}
