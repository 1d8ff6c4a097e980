import { readdir, readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Node } from "../../provider/sdk.ts";
import { FakeApiServer, fakeNode, nodesPath } from "../harness/provider/fake-api-server.ts";
import { type TestStack, testStack } from "../harness/provider/test-stack.ts";

const nodeName = "test-worker-1";
const nodePath = `${nodesPath}/${nodeName}`;
const tokenPath = "/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef";

let stack: TestStack;
let api: FakeApiServer;

beforeEach(async () => {
  [stack, api] = await Promise.all([testStack(), FakeApiServer.start()]);
});
afterEach(() => Promise.all([stack.dispose(), api.stop()]));

/** A machine that no container engine has: nothing but the API answers. */
const program =
  (timeoutSeconds = 60, { machineId = "1", server = api.credentials.server, labels = {} } = {}) =>
  async () => {
    const node = new Node("node", {
      machineId,
      nodeName,
      connection: { kind: "container", container: nodeName },
      api: { ...api.credentials, server },
      joinToken: "abcdef.0123456789abcdef",
      kubernetesVersion: "1.36.3",
      labels,
      timeoutSeconds,
    });
    return { kubeletVersion: node.kubeletVersion, internalIp: node.internalIp };
  };

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("waited 30 s in vain");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const watching = () => api.requests.some((request) => request.includes("watch=true"));
const join = () => api.put(nodePath, fakeNode(nodeName, "True"));

/** Gives the plugins of a running engine: its child processes. */
async function plugins(engine: number): Promise<number[]> {
  const parents = await Promise.all(
    (await readdir("/proc"))
      .filter((entry) => /^\d+$/.test(entry))
      .map(async (pid) => [Number(pid), await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")] as const),
  );
  return parents.flatMap(([pid, stat]) => (Number(stat.split(") ")[1]?.split(" ")[1]) === engine ? [pid] : []));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function engine(): Promise<number> {
  let pid: number | undefined;
  await until(async () => {
    pid = await stack.enginePid();
    return pid !== undefined;
  });
  return pid ?? 0;
}

test("a node joins with a token that is there only meanwhile, is seen to go, and leaves by destroy", async () => {
  const up = stack.up(program());
  await until(watching);
  expect(api.objects.has(tokenPath)).toBe(true);
  join();
  expect((await up).outputs).toEqual({ kubeletVersion: "v1.36.3", internalIp: "10.0.0.16" });
  expect(api.objects.has(tokenPath)).toBe(false);

  expect((await stack.preview(program())).steps).toEqual({ node: "same" });
  expect((await stack.refresh()).steps).toEqual({ node: "refresh" });
  expect((await stack.state()).resources.map(({ id }) => id)).toContain(nodeName);

  expect(await stack.destroy()).toMatchObject({ succeeded: true });
  expect(api.objects.has(nodePath)).toBe(false);
});

test("a pool's label goes to a node that is there, which nothing else happens to", async () => {
  join();
  await stack.up(program());
  const labelled = await stack.up(program(60, { labels: { tier: "web" } }));
  expect(labelled).toMatchObject({ succeeded: true, steps: { node: "update" } });
  expect(api.objects.get(nodePath)?.metadata.labels).toEqual({ tier: "web" });
  expect(api.requests.filter((request) => request.startsWith("DELETE /api/v1/nodes"))).toEqual([]);
  expect((await stack.preview(program(60, { labels: { tier: "web" } }))).steps).toEqual({ node: "same" });
  await stack.up(program());
  expect(api.objects.get(nodePath)?.metadata.labels).toEqual({});
});

test("a node that a killed run has left closed to pods is opened by the next; one that its operator closed is not", async () => {
  join();
  await stack.up(program());
  const close = (annotations: Record<string, string>) =>
    api.put(nodePath, {
      ...fakeNode(nodeName, "True"),
      metadata: { name: nodeName, annotations },
      spec: { unschedulable: true },
    });
  const unschedulable = () => api.objects.get(nodePath)?.spec?.unschedulable;
  const refreshed = async () => {
    await stack.refresh();
    return stack.up(program());
  };
  close({});
  expect((await refreshed()).steps).toEqual({ node: "same" });
  expect(unschedulable()).toBe(true);
  close({ "k-paas.org/drained": "true" });
  expect((await refreshed()).steps).toEqual({ node: "update" });
  expect(unschedulable()).toBeUndefined();
  expect((await refreshed()).steps).toEqual({ node: "same" });
});

test("a node that was taken out of the cluster is seen by refresh, and comes back by up", async () => {
  join();
  await stack.up(program());
  api.objects.delete(nodePath);
  await stack.refresh();
  expect((await stack.preview(program())).steps).toEqual({ node: "create" });
});

test("a node that is late is named with its machine's state and the next command, and up goes on with it", async () => {
  const late = await stack.up(program(2));
  expect(late.succeeded).toBe(false);
  expect(late.said).toMatch(/waited [12] s for test-worker-1 to be Ready: it has not joined/);
  expect(late.said).toContain("the machine cannot be asked");
  expect(late.said).toContain("./kpaas logs test test-worker-1");
  expect(late.said).not.toContain("0123456789abcdef");
  // The engine knows it, so that destroy would take it out of the cluster.
  expect((await stack.state()).resources.find(({ id }) => id === nodeName)?.initErrors).toHaveLength(1);
  expect(api.objects.has(tokenPath)).toBe(false);

  join();
  expect(await stack.up(program())).toMatchObject({
    succeeded: true,
    steps: { node: "update" },
    outputs: { kubeletVersion: "v1.36.3" },
  });
});

test("an API server that never answers is waited for no longer than told, and destroy does not wait for it", async () => {
  api.refuse = () => 503;
  const outcome = await stack.up(program(2));
  expect(outcome.said).toContain("waited 2 s for the API server: 503: refused with 503");

  api.refuse = () => undefined;
  join();
  await stack.up(program());
  await api.stop();
  const destroyed = await stack.destroy();
  expect(destroyed.succeeded).toBe(true);
  expect(destroyed.said).toContain(`kubectl delete node ${nodeName}`);
});

test("a node that is Ready is not given up because the gateway fails for a moment", async () => {
  join();
  let refusals = 0;
  api.refuse = (method) => (method === "DELETE" && refusals++ < 3 ? 503 : undefined);
  expect(await stack.up(program())).toMatchObject({ succeeded: true });
  expect(refusals).toBeGreaterThan(3);
  expect(api.objects.has(tokenPath)).toBe(false);
});

test("a node is taken out through the cluster's present address, not the one of its time", async () => {
  join();
  await stack.up(program());
  await stack.rewrite(({ resources }) => {
    const node = resources.find(({ id }) => id === nodeName);
    const access = node?.outputs?.api as { plaintext: string };
    expect(access.plaintext).toContain(api.credentials.server);
    access.plaintext = access.plaintext.replace(api.credentials.server, "https://127.0.0.1:9");
  });
  const replacing = stack.up(program(60, { machineId: "2" }));
  await until(() => !api.objects.has(nodePath));
  join();
  const replaced = await replacing;
  expect(replaced).toMatchObject({ succeeded: true, steps: { node: "delete-replaced" } });
  expect(replaced.said).not.toContain("may still be in the cluster");
});

test("Ctrl-C ends the wait within seconds, leaves no process, and up goes on", async () => {
  const up = stack.up(program());
  await until(watching);
  const pid = await engine();
  const children = await plugins(pid);
  expect(children.length).toBeGreaterThan(0);
  const began = Date.now();
  process.kill(pid, "SIGINT");
  expect((await up).succeeded).toBe(false);
  expect(Date.now() - began).toBeLessThan(8000);
  expect(children.filter(isAlive)).toEqual([]);

  join();
  expect(await stack.up(program())).toMatchObject({ succeeded: true, steps: { node: "update" } });
});

test("a killed engine takes its provider with it, and up goes on where it was", async () => {
  const up = stack.up(program());
  await until(watching);
  const pid = await engine();
  const children = await plugins(pid);
  process.kill(pid, "SIGKILL");
  expect((await up).succeeded).toBe(false);
  await until(() => !children.some(isAlive));
  await stack.unlock();
  expect((await stack.state()).resources.map(({ id }) => id)).not.toContain(nodeName);

  join();
  expect(await stack.up(program())).toMatchObject({ succeeded: true, steps: { node: "create" } });
  expect(api.objects.has(tokenPath)).toBe(false);
});
