import { afterAll, beforeAll, expect, test } from "vitest";
import { type Seen, Writers } from "../e2e-local/writers.ts";
import { TestPlatform } from "../harness/platform/test-platform.ts";
import { expectNothingLost } from "./in-use.ts";

/** Three masters and two workers in use: what edits of a running environment do to those who use it. */
const platform = new TestPlatform("long-chg");
const writers = new Writers(platform);

interface Edit {
  kubernetesVersion?: string;
  masters?: object;
  haproxy?: object;
  pool?: object;
  others?: object;
}

let present: Required<Edit> = { kubernetesVersion: "1.35.4", masters: {}, haproxy: {}, pool: {}, others: {} };

/** Changes the environment's file; each edit stays for those that follow. */
function edit(change: Edit): void {
  present = { ...present, ...change };
  const { kubernetesVersion, masters, haproxy, pool, others } = present;
  platform.configure({
    infrastructure: { kind: "local" },
    network: { cidr: "10.184.0.0/24" },
    containerPlatform: {
      kubernetesVersion,
      masters: { count: 3, ...masters },
      haproxy,
      workerPools: [{ name: "worker", count: 2, ...pool }],
      ...others,
    },
  });
}

interface Node {
  metadata: { name: string; uid: string; labels: Record<string, string> };
  status: { nodeInfo: { kubeletVersion: string; machineID: string } };
}

async function nodes(): Promise<Node[]> {
  return JSON.parse(await platform.kubectlOk(["get", "nodes", "-o", "json"])).items;
}

const machineIds = async () =>
  Object.fromEntries((await nodes()).map(({ metadata, status }) => [metadata.name, status.nodeInfo.machineID]));

/** Edits, brings the edit about and gives what those who use the platform have seen meanwhile. */
async function changed(change: Edit): Promise<Seen & { seconds: number; resources: string[] }> {
  edit(change);
  const previewed = (await platform.changes("preview")).map(({ op, name }) => `${op} ${name}`);
  const began = performance.now();
  const resources = (await platform.changes("up")).map(({ op, name }) => `${op} ${name}`);
  const seconds = (performance.now() - began) / 1000;
  const seen = await writers.seen();
  console.log(
    `${JSON.stringify(change)}: ${seconds.toFixed(0)} s, ${JSON.stringify({ ...seen, failedRequests: seen.failedRequests.slice(0, 5) })}`,
  );
  expect(replacedIn(resources)).toEqual(replacedIn(previewed));
  return { ...seen, seconds, resources };
}

/** Names of the resources that are replaced. */
const replacedIn = (resources: string[]) =>
  [...new Set(resources.filter((one) => one.includes("replace")).map((one) => one.split(" ").at(-1)))].sort();

/** Longest time without the API: a master's part of it, on a machine that others use too. */
const apiAwaySeconds = 5;

beforeAll(async () => {
  edit({});
  const { seconds } = await platform.kpaasOk("up");
  console.log(`up of 3 masters and 2 workers, Kubernetes 1.35.4: ${seconds.toFixed(0)} s`);
  await writers.start();
});

afterAll(async () => {
  await writers.stop();
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

test("Kubernetes 1.35.4 becomes 1.36.3, masters one by one and then workers, while all work goes on", async () => {
  const before = await machineIds();
  const seen = await changed({ kubernetesVersion: "1.36.3" });
  expectNothingLost(seen);
  expect(seen.apiAwaySeconds).toBeLessThan(apiAwaySeconds);
  expect((await nodes()).map(({ status }) => status.nodeInfo.kubeletVersion)).toEqual(Array(5).fill("v1.36.3"));
  expect(await machineIds()).toEqual(before);
  const snapshots = await platform.machine("master-1", "ls /var/lib/etcd/kpaas-snapshots");
  expect(snapshots.stdout).toContain("before-1.36.3.db");
});

test("masters made anew, together with other edits, keep the cluster and what is in it", async () => {
  const before = await machineIds();
  const seen = await changed({
    masters: { generation: 2 },
    pool: { labels: { tier: "web" } },
    others: { database: { consumers: ["portal", "catalog"] } },
  });
  expectNothingLost(seen);
  expect(seen.apiAwaySeconds).toBeLessThan(apiAwaySeconds);
  expect(seen.fewestReadyWorkers).toBe(2);
  const after = await machineIds();
  for (const [name, id] of Object.entries(before)) expect(after[name] === id, name).toBe(name.includes("worker"));
  for (const { metadata } of await nodes())
    if (metadata.name.includes("worker")) expect(metadata.labels).toMatchObject({ tier: "web" });
});

test("workers are made anew one at a time, pods move first", async () => {
  const before = await machineIds();
  const seen = await changed({ pool: { generation: 2, labels: { tier: "web" } } });
  expectNothingLost(seen);
  const after = await machineIds();
  for (const [name, id] of Object.entries(before)) expect(after[name] === id, name).toBe(!name.includes("worker"));
});

test("HAProxy made anew answers where it did", async () => {
  const seen = await changed({ haproxy: { generation: 2 } });
  expect([seen.lostWrites, seen.lostRows]).toEqual([0, 0]);
  expect(seen.failedRequests).toEqual([]);
});

test("what a living platform cannot take is refused before anything goes", async () => {
  edit({ kubernetesVersion: "1.35.4" });
  const { code, stderr } = await platform.kpaas("up");
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/kubernetesVersion.*1\.36\.3/);
  edit({ kubernetesVersion: "1.36.3" });
  expect(await platform.changes("up")).toEqual([]);
});
