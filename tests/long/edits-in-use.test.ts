import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outcomeOf } from "../../plan/edit-outcome.ts";
import { edited, type RawSettings, type UsualEdit, usualEdits } from "../../plan/usual-edits.ts";
import { type MachineSets, machineSets, toldSets } from "../contract/edits.ts";
import { type Seen, Writers } from "../e2e-local/writers.ts";
import { type Change, TestPlatform } from "../harness/platform/test-platform.ts";

/**
 * Edits of a platform in use, one after another on real machines, three masters and three workers, with clients of the API, of a
 * Service and of the database all the time: what docs/changes.md promises.
 */
const platform = new TestPlatform("long-edit");
const writers = new Writers(platform);

let settings: RawSettings = {
  infrastructure: { kind: "local" },
  network: { cidr: "10.185.0.0/24" },
  containerPlatform: {
    kubernetesVersion: "1.36.1",
    masters: { count: 3 },
    workerPools: [
      { name: "web", count: 2, size: { vcpus: 2, memoryGiB: 4 } },
      { name: "batch", count: 1 },
    ],
    registry: { dataDiskGiB: 20 },
    database: { dataDiskGiB: 20 },
    storage: { dataDiskGiB: 20 },
  },
};

/** An edit, and what those who use the platform may see of it. */
interface EditInUse extends UsualEdit {
  /** Absent: nothing but what every edit keeps. `database`: it is away. `volumes`: they hang, and with them who writes to one. */
  interrupts?: readonly ("database" | "volumes")[];
  /** Workers that may be away at once. */
  away?: number;
}

const usual = (name: string): UsualEdit => {
  const edit = usualEdits.find((one) => one.name === name);
  if (!edit) throw new Error(`no usual edit has the name ${name}`);
  return edit;
};

const at = (path: string) => `containerPlatform.${path}`;
const pools = at("workerPools");
const support = ["registry", "database", "storage"].map(at);
const each = (setting: string, value: unknown) =>
  Object.fromEntries(support.map((role) => [`${role}.${setting}`, value]));

/** Each stays for those that follow. */
const edits: readonly EditInUse[] = [
  usual("a pool's labels"),
  usual("a pool's taints"),
  { name: "more workers in a pool", sets: { [`${pools}.batch.count`]: 2 } },
  { name: "fewer workers in a pool", sets: { [`${pools}.batch.count`]: 1 }, away: 1 },
  { name: "one more pool", sets: { [`${pools}.gpu.name`]: "gpu", [`${pools}.gpu.count`]: 1 } },
  { ...usual("a pool's generation"), away: 1 },
  usual("a pool's size"),
  usual("a pool's boot disk"),
  usual("how a pool's machines change"),
  usual("masters, 3 to 5"),
  { name: "masters, 5 to 3", sets: { [at("masters.count")]: 3 } },
  usual("the masters' generation"),
  usual("the masters' size"),
  usual("the masters' boot disk"),
  usual("larger data disks of masters"),
  usual("HAProxy's generation"),
  usual("HAProxy's size and boot disk"),
  { ...usual("generation of registry, database and storage"), interrupts: ["database", "volumes"] },
  usual("size of registry, database and storage"),
  { name: "larger data disks of registry, database and storage", sets: each("dataDiskGiB", 30) },
  usual("one more consumer of the database"),
  usual("the name of the StorageClass"),
  usual("who may come in"),
  { name: "Kubernetes, a newer patch", sets: { [at("kubernetesVersion")]: "1.36.3" }, away: 1 },
  usual("how long `up` waits"),
  usual("quota and how policies are enforced"),
  usual("a month's budget"),
];

const refused: readonly UsualEdit[] = [
  ...["the pods' range", "the services' range", "the machines' range", "the domain", "what serves volumes"].map(usual),
  { name: "Kubernetes, an older patch", sets: { [at("kubernetesVersion")]: "1.36.1" } },
  { name: "smaller data disks", sets: each("dataDiskGiB", 25) },
];

/** Longest time without an answer of the API server. */
const apiAwaySeconds = 5;

/** Longest time without the database where its machine stays: each of its clients connects anew, for up to 2 s. */
const databaseAwaySeconds = 10;

const machineType = "kpaas:local:Machine";

/** Gives what a run does to machines. */
function doings(changes: readonly Change[]): MachineSets {
  const { made, removed, replaced } = machineSets(machineType, changes);
  return { made, removed, replaced };
}

const seconds = (time: number) => time.toFixed(1).padStart(6);

function line(name: string, took: number, seen: Seen): string {
  const { requests, failedRequests, writes, lostWrites, lostRows, fewestReadyWorkers } = seen;
  return (
    `${name.padEnd(52)}${took.toFixed(0).padStart(5)} s, API away ${seconds(seen.apiAwaySeconds)}, database ${seconds(seen.databaseAwaySeconds)}, ` +
    `lost ${lostWrites} of ${writes} writes, ${lostRows} of ${seen.rows} rows, failed ${failedRequests.length} of ${requests}, Ready ${fewestReadyWorkers}`
  );
}

const workersOf = (raw: RawSettings): number =>
  (raw.containerPlatform as { workerPools: { count: number }[] }).workerPools.reduce(
    (sum, pool) => sum + pool.count,
    0,
  );

beforeAll(async () => {
  platform.configure(settings);
  await platform.kpaasOk("up");
  await writers.start();
});

afterAll(async () => {
  await writers.stop();
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

describe("taken, as told, and nothing lost", () => {
  test.each(edits)("$name", async ({ name, sets, interrupts = [], away = 0 }) => {
    const outcome = outcomeOf(platform.name, settings, { name, sets });
    const before = workersOf(settings);
    settings = edited(settings, sets);
    platform.configure(settings);
    const previewed = doings(await platform.changes("preview"));
    const began = performance.now();
    const done = doings(await platform.changes("up"));
    const took = (performance.now() - began) / 1000;
    const seen = await writers.seen();
    console.log(line(name, took, seen));
    expect(previewed).toEqual(outcome ? toldSets(outcome) : { made: [], removed: [], replaced: [] });
    expect(done).toEqual(previewed);
    expect([seen.lostWrites, seen.lostRows]).toEqual([0, 0]);
    if (!interrupts.includes("volumes")) expect(seen.failedRequests).toEqual([]);
    if (!interrupts.includes("database")) expect(seen.databaseAwaySeconds).toBeLessThan(databaseAwaySeconds);
    expect(seen.apiAwaySeconds).toBeLessThan(apiAwaySeconds);
    expect(seen.fewestReadyWorkers).toBeGreaterThanOrEqual(Math.min(before, workersOf(settings)) - away);
  });
});

describe("refused before anything goes", () => {
  test.each(refused)("$name", async ({ sets }) => {
    platform.configure(edited(settings, sets));
    const { code, stderr } = await platform.kpaas("up");
    expect(code, stderr).toBe(2);
  });

  test("and the platform is as it was", async () => {
    platform.configure(settings);
    expect(await platform.changes("up")).toEqual([]);
    expect((await writers.seen()).failedRequests).toEqual([]);
  });
});
