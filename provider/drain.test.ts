import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeApiServer, fakeNode, nodesPath, type Stored } from "../tests/harness/provider/fake-api-server.ts";
import { drain, uncordon } from "./drain.ts";
import { KubernetesApi } from "./kubernetes.ts";

let server: FakeApiServer;
let api: KubernetesApi;
const running = new AbortController();
const stop = (seconds: number) => ({ seconds, onTimeout: "stop" }) as const;
const force = (seconds: number) => ({ seconds, onTimeout: "force" }) as const;

const pod = (name: string, metadata: object = {}, phase = "Running"): Stored => ({
  metadata: { name, namespace: "apps", ...metadata },
  spec: { nodeName: "a" },
  status: { phase },
});
const podPath = (name: string) => `/api/v1/namespaces/apps/pods/${name}`;
const remaining = () => [...server.objects.values()].map(({ metadata }) => metadata.name).sort();
const node = () => server.objects.get(`${nodesPath}/a`);

/** Refuses as a disruption budget does. */
const budget = {
  status: 429,
  message: "Cannot evict pod as it would violate the pod's disruption budget.",
  causes: ["The disruption budget web needs 2 healthy pods and has 2 currently"],
};
const refuseEvictions = () => {
  server.refuse = (_, path) => (path.endsWith("/eviction") ? budget : undefined);
};

beforeEach(async () => {
  server = await FakeApiServer.start();
  api = new KubernetesApi(server.credentials);
  server.put(`${nodesPath}/a`, fakeNode("a", "True"));
  const pods = [
    pod("app"),
    pod("agent", { ownerReferences: [{ kind: "DaemonSet" }] }),
    pod("static", { annotations: { "kubernetes.io/config.mirror": "x" } }),
    pod("done", {}, "Succeeded"),
    { ...pod("elsewhere"), spec: { nodeName: "b" } },
  ];
  for (const one of pods) server.put(podPath(one.metadata.name), one);
});
afterEach(async () => {
  api.close();
  await server.stop();
});

describe("draining a node", () => {
  test("closes the node to new pods and evicts those that can live elsewhere", async () => {
    await drain(api, "a", stop(10), running.signal);
    expect(node()?.spec).toEqual({ unschedulable: true });
    expect(remaining()).toEqual(["a", "agent", "done", "elsewhere", "static"]);
    await uncordon(api, "a", running.signal);
    expect(node()?.spec).toEqual({});
  });

  test("asks again where a disruption budget says not yet", async () => {
    let refusals = 2;
    server.refuse = (_, path) => (path.endsWith("/eviction") && refusals-- > 0 ? budget : undefined);
    await drain(api, "a", stop(10), running.signal);
    expect(remaining()).not.toContain("app");
  });

  test("tells a pod that is ending already nothing, and waits for it", async () => {
    server.put(podPath("ending"), pod("ending", { deletionTimestamp: "2026-11-30T00:00:00Z" }));
    setTimeout(() => server.objects.delete(podPath("ending")), 700);
    await drain(api, "a", stop(10), running.signal);
    expect(remaining()).not.toContain("ending");
    expect(server.requests.filter((request) => request.includes("ending"))).toEqual([]);
  });

  test("that pods do not let in time stops, names pods, budget and remedy, and opens the node again", async () => {
    refuseEvictions();
    const drained = drain(api, "a", stop(1.5), running.signal);
    await expect(drained).rejects.toThrow("the pods of a to leave: still there: apps/app");
    await expect(drained).rejects.toThrow(budget.causes[0]);
    await expect(drained).rejects.toThrow(/nothing of this node was changed; next: .*rollout\.drainTimeout: force/);
    expect(node()?.spec).toEqual({});
    expect(remaining()).toContain("app");
  });

  test("that pods do not let in time goes on without them where it may, whatever their budgets say", async () => {
    refuseEvictions();
    await drain(api, "a", force(1.5), running.signal);
    expect(remaining()).toEqual(["a", "agent", "done", "elsewhere", "static"]);
    expect(server.requests).toContain(`DELETE ${podPath("app")}`);
    expect(node()?.spec).toEqual({ unschedulable: true });
  });

  test("honours budgets for all of the time before it goes on without them", async () => {
    refuseEvictions();
    const began = Date.now();
    await drain(api, "a", force(1.5), running.signal);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1500);
    const firstDeletion = server.requests.indexOf(`DELETE ${podPath("app")}`);
    expect(server.requests.slice(0, firstDeletion)).toContain(`POST ${podPath("app")}/eviction`);
  });

  test.each([["stop", stop(60)] as const, ["force", force(60)] as const])(
    "that is cancelled opens the node again, and deletes nothing (%s)",
    async (_, args) => {
      refuseEvictions();
      const cancellation = new AbortController();
      const drained = drain(api, "a", args, cancellation.signal);
      await expect.poll(() => server.requests.some((request) => request.endsWith("/eviction"))).toBe(true);
      cancellation.abort(new Error("cancelled"));
      await expect(drained).rejects.toThrow("cancelled");
      expect(node()?.spec).toEqual({});
      expect(remaining()).toContain("app");
    },
  );
});
