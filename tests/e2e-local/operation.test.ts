import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { images } from "../../config/images.ts";
import { eventually } from "../../lib/eventually.ts";
import { connectContainerEngine } from "../../local/container-engine.ts";
import type { Observed } from "../../operations/status/observed.ts";
import { TestPlatform } from "../harness/platform/test-platform.ts";
import { addresses, canConnect } from "./network-probe.ts";
import { engineObjects, processesOf } from "./orphans.ts";

/** Three masters, two workers: what high availability and day-2 operations promise, on real machines. */
const platform = new TestPlatform("e2e-op");

function configure(workers: number): void {
  platform.configure({
    infrastructure: { kind: "local" },
    network: { cidr: "10.181.0.0/24" },
    containerPlatform: { masters: { count: 3 }, workerPools: [{ name: "worker", count: workers }] },
  });
}

async function readyNodes(): Promise<string[]> {
  const { items } = JSON.parse(await platform.kubectlOk(["get", "nodes", "-o", "json"]));
  return items
    .filter(({ status }: Node) => status.conditions.some(({ type, status }) => type === "Ready" && status === "True"))
    .map(({ metadata }: Node) => metadata.name)
    .sort();
}

interface Node {
  metadata: { name: string };
  status: { conditions: { type: string; status: string }[] };
}

/** Gives the page that `status --html` drew, and the observed facts that it drew it from. */
async function statusPage(): Promise<{ page: string; observed: Observed }> {
  const path = join(platform.folder, "status.html");
  await platform.kpaasOk("status", ["--html", path]);
  const page = readFileSync(path, "utf8");
  const data = page.match(/<script id="data"[^>]*>(.*)<\/script>/)?.[1] ?? "";
  return { page, observed: JSON.parse(data).views[0].observed };
}

const byName = (a: { name: string }, b: { name: string }): number => a.name.localeCompare(b.name);

const machineNames = (workers: number) =>
  ["master-1", "master-2", "master-3", ...Array.from({ length: workers }, (_, i) => `worker-${i + 1}`)].map(
    (name) => `e2e-op-${name}`,
  );

beforeAll(async () => {
  configure(2);
  const { seconds } = await platform.kpaasOk("up");
  console.log(`up of 3 masters and 2 workers: ${seconds.toFixed(0)} s`);
});

afterAll(async () => {
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

test("every node is Ready", async () => {
  expect(await readyNodes()).toEqual(machineNames(2));
});

test("verify finds nothing wrong", async () => {
  const { checks } = await platform.kpaasJson<{ checks: { name: string; passed: boolean }[] }>("verify");
  expect(checks.length).toBeGreaterThan(4);
  expect(checks.filter(({ passed }) => !passed)).toEqual([]);
});

test("up again changes nothing", async () => {
  expect(await platform.changes("up")).toEqual([]);
});

test("preview and refresh see no drift", async () => {
  expect(await platform.changes("preview")).toEqual([]);
});

test("status draws every machine as real and ready, services healthy, certificates valid, and no drift", async () => {
  const { page, observed } = await statusPage();
  expect(observed.drift).toEqual({ status: "none" });
  const parts = ["haproxy-1", "registry", "database", "storage"];
  const nodes = machineNames(2).map((name) => name.replace("e2e-op-", ""));
  const ready = [...parts, ...nodes].map((name) => ({ name, exists: "yes", condition: "ready", reasons: [] }));
  const found = observed.machines.map(({ name, exists, condition, reasons }) => ({ name, exists, condition, reasons }));
  expect(found.sort(byName)).toEqual(ready.sort(byName));
  expect(observed.services.map(({ name, health }) => `${name}: ${health}`)).toEqual([
    "Kubernetes API: healthy",
    "registry: healthy",
    "database: healthy",
    "cluster-dns: healthy",
    "flannel: healthy",
    "storage: healthy",
  ]);
  const valid = observed.certificates.filter(({ state }) => state === "valid");
  const files = valid.flatMap(({ name, machine }) => (machine ? [`${name} on ${machine}`] : []));
  expect(files).toEqual(
    expect.arrayContaining([
      ...["master-1", "master-2", "master-3"].flatMap((master) => [
        `apiserver on ${master}`,
        `etcd-server on ${master}`,
      ]),
      ...["registry on registry", "database on database", "kubelet on worker-1"],
    ]),
  );
  expect(page).not.toContain("✗ missing");
});

test("only the gateway's three ports answer from outside", async () => {
  const hosts = await addresses(platform);
  const listening = [22, 111, 179, 2049, 2379, 2380, 3306, 5000, 6443, 10248, 10249, 10250, 10256, 10257, 10259, 30080];
  const tried = Object.entries(hosts).flatMap(([machine, address]) =>
    listening.map(async (port) => ((await canConnect(address, port, 1000)) ? [`${machine}:${port}`] : [])),
  );
  const open = (await Promise.all(tried)).flat().sort();
  expect(open).toEqual(["haproxy-1:3306", "haproxy-1:5000", "haproxy-1:6443"].sort());
});

describe("a master is stopped", () => {
  const container = "e2e-op-master-2";

  test("the API goes on answering and etcd takes writes", async () => {
    const engine = await connectContainerEngine();
    await engine.getContainer(container).kill();
    await eventually(20, () => platform.kubectlOk(["get", "--raw", "/readyz"]));
    await platform.kubectlOk(["create", "configmap", "written-without-master-2", "--from-literal=a=b"]);
    expect(await platform.kubectlOk(["get", "configmap", "written-without-master-2", "-o", "jsonpath={.data.a}"])).toBe(
      "b",
    );
  });

  test("preview shows the drift, up starts it, and it is Ready again", async () => {
    expect((await platform.changes("preview")).map(({ name }) => name)).toContain("platform-master-2");
    await platform.kpaasOk("up");
    await eventually(90, async () => expect(await readyNodes()).toEqual(machineNames(2)));
  });
});

describe("a worker's node is deleted by hand", () => {
  const name = "e2e-op-worker-1";
  const range = () => platform.kubectlOk(["get", "node", name, "-o", "jsonpath={.spec.podCIDR}"]);

  test("up brings it back with another range of pod addresses, which its pods take on by themselves", async () => {
    const former = await range();
    await platform.kubectlOk(["run", "kept", "--image", images.busybox, "--overrides", onNode, "--", "sleep", "1d"]);
    await platform.kubectlOk(["wait", "pod/kept", "--for=condition=Ready", "--timeout=60s"]);
    await platform.kubectlOk(["delete", "node", name]);
    expect((await platform.changes("up")).map(({ name }) => name)).toEqual(["platform-worker-1-node"]);
    expect(await range()).not.toBe(former);
    const address = async () => platform.kubectlOk(["get", "pod", "kept", "-o", "jsonpath={.status.podIP}"]);
    const prefix = (await range()).replace(/0\/24$/, "");
    await eventually(60, async () => expect(await address()).toMatch(new RegExp(`^${prefix}`)));
    await platform.kubectlOk(["delete", "pod", "kept", "--now"]);
  });

  test("and kube-proxy, started again and again, leaves every Service reachable from it", async () => {
    for (const _ of [1, 2]) {
      const selector = ["--selector=k8s-app=kube-proxy", `--field-selector=spec.nodeName=${name}`];
      await platform.kubectlOk(["delete", "pod", "--namespace=kube-system", ...selector]);
      await eventually(60, () => platform.kpaasOk("verify"));
    }
  });

  const onNode = JSON.stringify({ apiVersion: "v1", spec: { nodeName: name } });
});

describe("a worker's machine is removed by hand", () => {
  test("preview shows the drift", async () => {
    const engine = await connectContainerEngine();
    await engine.getContainer("e2e-op-worker-2").remove({ force: true, v: true });
    const names = (await platform.changes("preview")).map(({ name }) => name);
    expect(names).toContain("platform-worker-2");
    expect(names.filter((name) => !name.startsWith("platform-worker-2"))).toEqual([]);
  });

  test("status draws it as missing, and the others as they were", async () => {
    const { page, observed } = await statusPage();
    const missing = observed.machines.filter(({ condition }) => condition === "missing");
    expect(missing).toMatchObject([{ name: "worker-2", exists: "no", state: "missing" }]);
    const others = observed.machines.filter(({ name }) => name !== "worker-2");
    expect(others.filter(({ exists, state }) => exists !== "yes" || state !== "running")).toEqual([]);
    expect(observed.drift).toMatchObject({
      status: "found",
      changes: expect.arrayContaining([
        expect.objectContaining({ resource: "platform-worker-2", change: "missing", machine: "worker-2" }),
      ]),
    });
    expect(page).toContain("✗ missing");
    // Looking mends nothing.
    expect((await platform.changes("preview")).map(({ name }) => name)).toContain("platform-worker-2");
  });

  test("up mends it and touches nothing else", async () => {
    const names = new Set((await platform.changes("up")).map(({ name }) => name));
    expect([...names].sort()).toEqual(["platform-worker-2", "platform-worker-2-node"]);
    expect(await readyNodes()).toEqual(machineNames(2));
  });
});

describe("a third worker", () => {
  /** Resources that only keep books of how many there are. */
  const books = ["platform-worker", "platform-record"];

  test("adding it touches only that worker", async () => {
    configure(3);
    const done = await platform.changes("up");
    expect(done.filter(({ name }) => !books.includes(name))).toMatchObject([
      { op: "create", name: "platform-worker-3" },
      { op: "create", name: "platform-worker-3-node" },
    ]);
    expect(await readyNodes()).toEqual(machineNames(3));
  });

  test("removing it drains it and takes its node out of the cluster", async () => {
    configure(2);
    const done = await platform.changes("up");
    expect(done.filter(({ name }) => !books.includes(name)).map(({ op }) => op)).toEqual(["delete", "delete"]);
    expect(await readyNodes()).toEqual(machineNames(2));
  });
});

test("destroy leaves no container, network, volume, process or file", async () => {
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(await engineObjects(platform.name)).toEqual([]);
  expect(processesOf(platform)).toEqual([]);
  expect(existsSync(platform.stateFolder)).toBe(false);
});
