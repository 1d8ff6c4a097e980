import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeApiServer, fakeNode, nodesPath, type Stored } from "../tests/harness/provider/fake-api-server.ts";
import { FakeMachine } from "../tests/harness/provider/fake-machine.ts";
import { changeNode, concernsNode, setLabelsAndTaints } from "./change-node.ts";
import { revisionOf } from "./delivery.ts";
import { drain } from "./drain.ts";
import { KubernetesApi } from "./kubernetes.ts";
import { withPackages } from "./packages.ts";
import { digest } from "./values.ts";

const machines = vi.hoisted(() => new Map<string, { exec: (argv: string[], options?: object) => unknown }>());
vi.mock("../local/container-engine.ts", () => ({ connectContainerEngine: async () => ({}) }));
vi.mock("../local/exec.ts", () => ({
  containerExec: (_: unknown, container: string, argv: string[], options: object) =>
    machines.get(container)?.exec(argv, options),
}));

const nodeName = "test-worker-1";
const path = `${nodesPath}/${nodeName}`;
const files = [{ path: "/etc/kpaas/hosts", content: "one\n" }];
const otherFiles = [{ path: "/etc/kpaas/hosts", content: "two\n" }];
const context = {
  name: "node",
  environment: "test",
  signal: new AbortController().signal,
  report: () => {},
  warn: () => {},
};

let server: FakeApiServer;
/** Everything that was done, in order: changes through the API, and deliveries. */
let done: string[];

beforeEach(async () => {
  server = await FakeApiServer.start();
  done = [];
});
afterEach(() => server.stop());

const connection = { kind: "container", container: nodeName } as const;
const state = {
  connection,
  labels: { tier: "web" },
  taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }],
  files: digest(files),
  kubernetesVersion: "1.36.3",
  kubeletVersion: "v1.36.3",
};

const wanted = (changes: object = {}) => ({
  nodeName,
  connection,
  api: server.credentials,
  files,
  labels: state.labels,
  taints: state.taints,
  kubernetesVersion: "1.36.3",
  drain: { seconds: 2, onTimeout: "stop" } as const,
  timeoutSeconds: 3,
  ...changes,
});

/** Puts the node there as its kubelet reports it. */
function putNode(kubeletVersion: string, ready: "True" | "False" = "True", spec: object = {}): void {
  const node = fakeNode(nodeName, ready);
  const present = server.objects.get(path);
  server.put(path, {
    ...node,
    metadata: { ...node.metadata, ...present?.metadata },
    spec: { ...present?.spec, ...spec },
    status: { ...node.status, nodeInfo: { kubeletVersion, machineID: "this machine" } },
  });
}

/** A machine that applies what it is delivered at once. */
function appliesAtOnce(applied: () => void): FakeMachine {
  const machine = new FakeMachine((command) => {
    if (!command.includes("tar -x")) return undefined;
    done.push("deliver");
    applied();
  });
  machines.set(nodeName, machine);
  return machine;
}

const packages = { asOf: "2026-12-06T17:00:00.000Z", reboot: "if-needed" } as const;

/** Renews the node's lease from now on, as a kubelet that runs does. */
function renewLease(): () => void {
  const lease = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${nodeName}`;
  let renewals = 0;
  const renew = () => server.put(lease, { metadata: { name: nodeName }, spec: { renewTime: `${++renewals}` } });
  const timer = setInterval(renew, 200);
  return () => clearInterval(timer);
}

const unschedulable = () => server.objects.get(path)?.spec?.unschedulable;
const change = (changes: object) => changeNode(state, wanted(changes), context);

describe("a change of a node", () => {
  test("is one of its files, versions, labels and taints, and none of how it is reached, waited for or drained", () => {
    const { files: _, ...earlierRelease } = state;
    const concerns = (changes: object, from: object = state) => concernsNode(from as typeof state, wanted(changes));
    expect(concerns({})).toBe(false);
    expect(concerns({ timeoutSeconds: 9 })).toBe(false);
    expect(concerns({ connection: { kind: "container", container: "other" } })).toBe(false);
    expect(concerns({ api: { ...server.credentials, server: "https://10.0.0.1:6443" } })).toBe(false);
    expect(concerns({ drain: { seconds: 9, onTimeout: "force" } })).toBe(false);
    for (const changes of [
      { files: otherFiles },
      { revision: "sha256:other" },
      { kubernetesVersion: "1.36.4" },
      { labels: {} },
      { labels: { tier: "web", zone: "a" } },
      { taints: [] },
      { packages },
    ])
      expect([changes, concerns(changes)]).toEqual([changes, true]);
    expect(concerns({}, earlierRelease)).toBe(true);
  });

  test("of labels only delivers nothing, drains nothing", async () => {
    putNode("v1.36.3");
    const machine = appliesAtOnce(() => {});
    await change({ labels: { tier: "db" } });
    expect(server.objects.get(path)?.metadata.labels).toEqual({ tier: "db" });
    expect(done).toEqual([]);
    expect(machine.commands.filter((command) => command.includes("tar -x"))).toEqual([]);
    expect(unschedulable()).toBeUndefined();
  });

  test("goes on through an API server that restarts, a gateway that cuts and another that changes the node", async () => {
    putNode("v1.36.3");
    appliesAtOnce(() => {});
    const hindrances = [
      () => 503,
      () => server.cut(),
      () => ({ status: 500, message: "etcdserver: leader changed" }),
      () => 409,
    ];
    server.refuse = () => hindrances.shift()?.() ?? undefined;
    await change({ labels: { tier: "db" } });
    expect(server.objects.get(path)?.metadata.labels).toEqual({ tier: "db" });
    server.refuse = (method) => (method === "PATCH" ? 403 : undefined);
    await expect(change({ labels: {} })).rejects.toThrow("refused with 403");
  });

  test("of files is delivered and waited for by its revision, pods stay", async () => {
    putNode("v1.36.3");
    const machine = appliesAtOnce(() => {});
    await change({ files: otherFiles });
    expect(done).toEqual(["deliver"]);
    expect(machine.commands.at(-1)).toContain(revisionOf(otherFiles));
    expect(server.requests.filter((request) => request.includes("/pods"))).toEqual([]);
    expect(unschedulable()).toBeUndefined();
  });

  test("that another resource has delivered is waited for only", async () => {
    putNode("v1.36.3");
    const machine = appliesAtOnce(() => {});
    await changeNode(
      { ...state, files: undefined, revision: "sha256:1" },
      wanted({ files: undefined, revision: "sha256:2" }),
      context,
    );
    expect(done).toEqual([]);
    expect(machine.commands.at(-1)).toContain("sha256:2");
  });

  test("of the patch version is made in place: pods stay, and the new kubelet is waited for", async () => {
    putNode("v1.36.3");
    appliesAtOnce(() => setTimeout(() => putNode("v1.36.4"), 500));
    const node = await change({ files: otherFiles, kubernetesVersion: "1.36.4" });
    expect(node.status.nodeInfo.kubeletVersion).toBe("v1.36.4");
    expect(server.requests.filter((request) => request.includes("/pods"))).toEqual([]);
    expect(unschedulable()).toBeUndefined();
  });

  const pod: Stored = {
    metadata: { name: "app", namespace: "apps" },
    spec: { nodeName },
    status: { phase: "Running" },
  };
  const podPath = "/api/v1/namespaces/apps/pods/app";

  test("of the minor version empties the node first, and lets pods back once the new kubelet is Ready", async () => {
    putNode("v1.36.3");
    server.put(podPath, pod);
    appliesAtOnce(() => {
      done.push(`unschedulable ${unschedulable()}, pods ${server.objects.has(podPath) ? 1 : 0}`);
      putNode("v1.37.2", "False");
      setTimeout(() => putNode("v1.37.2"), 500);
    });
    await change({ files: otherFiles, kubernetesVersion: "1.37.2" });
    expect(done).toEqual(["deliver", "unschedulable true, pods 0"]);
    expect(unschedulable()).toBeUndefined();
  });

  test("that pods do not let happen changes nothing of the node", async () => {
    putNode("v1.36.3");
    server.put(podPath, pod);
    server.refuse = (_, requested) => (requested.endsWith("/eviction") ? 429 : undefined);
    appliesAtOnce(() => {});
    await expect(change({ files: otherFiles, kubernetesVersion: "1.37.2" })).rejects.toThrow("apps/app");
    expect(done).toEqual([]);
    expect(unschedulable()).toBeUndefined();
  });

  test("after which no new kubelet is Ready stops the run, says how to go on, and leaves the node closed", async () => {
    putNode("v1.36.3");
    appliesAtOnce(() => {});
    const failed = change({ files: otherFiles, kubernetesVersion: "1.37.2" });
    await expect(failed).rejects.toThrow("test-worker-1 to be Ready with kubelet 1.37.2: its kubelet is v1.36.3");
    await expect(failed).rejects.toThrow(/the run stops here, and no other node is changed; next: .*generation/);
    expect(unschedulable()).toBe(true);
  });

  test("that was killed on its way is gone on with: drained again, and open in the end", async () => {
    putNode("v1.37.2");
    await drain(new KubernetesApi(server.credentials), nodeName, wanted().drain, context.signal);
    expect(unschedulable()).toBe(true);
    appliesAtOnce(() => {});
    await change({ files: otherFiles, kubernetesVersion: "1.37.2" });
    expect(unschedulable()).toBeUndefined();
  });

  test("leaves a node closed that its operator has closed", async () => {
    putNode("v1.36.3", "True", { unschedulable: true });
    server.put(podPath, pod);
    appliesAtOnce(() => putNode("v1.37.2"));
    await change({ files: otherFiles, kubernetesVersion: "1.37.2" });
    expect(server.objects.has(podPath)).toBe(false);
    expect(unschedulable()).toBe(true);
  });

  test("of packages empties the node first, and lets pods back once its kubelet is heard again", async () => {
    putNode("v1.36.3");
    server.put(podPath, pod);
    let stop = () => {};
    const machine = appliesAtOnce(() => {
      done.push(`unschedulable ${unschedulable()}, pods ${server.objects.has(podPath) ? 1 : 0}`);
      setTimeout(() => {
        done.push("heard");
        stop = renewLease();
      }, 700);
    });
    await change({ packages });
    stop();
    expect(done).toEqual(["deliver", "unschedulable true, pods 0", "heard"]);
    expect(machine.commands.at(-1)).toContain(revisionOf(withPackages(files, packages)));
    expect(unschedulable()).toBeUndefined();
  });

  test("of packages after which nothing is heard of the kubelet stops the run, and leaves the node closed", async () => {
    putNode("v1.36.3");
    appliesAtOnce(() => {});
    await expect(change({ packages, timeoutSeconds: 1 })).rejects.toThrow("a sign of life of test-worker-1's kubelet");
    expect(unschedulable()).toBe(true);
  });

  test("of packages that restarts no machine leaves pods where they are, and so does the same question again", async () => {
    putNode("v1.36.3");
    server.put(podPath, pod);
    appliesAtOnce(() => {});
    const stop = renewLease();
    await change({ packages: { ...packages, reboot: "never" } });
    await changeNode({ ...state, packages }, wanted({ packages, files: otherFiles }), context);
    stop();
    expect(done).toEqual(["deliver", "deliver"]);
    expect(server.objects.has(podPath)).toBe(true);
    expect(unschedulable()).toBeUndefined();
  });

  test("of a master ends when every member of etcd is well", async () => {
    putNode("v1.36.3");
    appliesAtOnce(() => {});
    const master = (ready: "True" | "False"): Stored => ({
      metadata: { name: "etcd-x", namespace: "kube-system", labels: { component: "etcd", tier: "control-plane" } },
      spec: { nodeName },
      status: { conditions: [{ type: "Ready", status: ready }] },
    });
    const etcd = "/api/v1/namespaces/kube-system/pods/etcd-x";
    server.put(etcd, master("False"));
    const args = { files: otherFiles, controlPlane: { etcdOnDataDisk: true } };
    await expect(change({ ...args, timeoutSeconds: 1 })).rejects.toThrow(
      `every member of etcd: ${nodeName} is not well`,
    );
    setTimeout(() => server.put(etcd, master("True")), 500);
    await change(args);
  });
});

describe("labels and taints", () => {
  const taint = (key: string, effect = "NoSchedule", value?: string) =>
    value ? { key, value, effect } : { key, effect };
  const set = async (before: object, after: object) => {
    const api = new KubernetesApi(server.credentials);
    server.requests.length = 0;
    await setLabelsAndTaints(api, nodeName, before, after);
    api.close();
    const { metadata, spec } = server.objects.get(path) ?? { metadata: { labels: undefined } };
    return {
      labels: metadata.labels,
      taints: spec?.taints,
      requests: server.requests.map((line) => line.split(" ")[0]),
    };
  };

  beforeEach(() => {
    const node = fakeNode(nodeName, "True");
    node.metadata.labels = { "kubernetes.io/hostname": nodeName, old: "1", same: "1" };
    server.put(path, { ...node, spec: { taints: [taint("node.kubernetes.io/unreachable"), taint("old")] } });
  });

  test("become those of the pool, others' stay", async () => {
    const before = { labels: { old: "1", same: "1" }, taints: [taint("old")] };
    const after = { labels: { same: "1", fresh: "2" }, taints: [taint("fresh", "NoExecute", "x")] };
    expect(await set(before, after)).toEqual({
      labels: { "kubernetes.io/hostname": nodeName, same: "1", fresh: "2" },
      taints: [taint("node.kubernetes.io/unreachable"), taint("fresh", "NoExecute", "x")],
      requests: ["GET", "PATCH"],
    });
  });

  test("that are there already are asked for, not written", async () => {
    const as = { labels: { old: "1", same: "1" }, taints: [taint("old")] };
    expect((await set(as, as)).requests).toEqual(["GET"]);
  });

  test("a taint's new value takes the place of the old one", async () => {
    const { taints } = await set({ taints: [taint("old")] }, { taints: [taint("old", "NoSchedule", "2")] });
    expect(taints).toEqual([taint("node.kubernetes.io/unreachable"), taint("old", "NoSchedule", "2")]);
  });

  test("a taint that another sets meanwhile is not lost: the change is refused", async () => {
    const api = new KubernetesApi(server.credentials);
    server.refuse = (method) => {
      const node = server.objects.get(path);
      if (method === "PATCH" && node) server.put(path, node);
      return undefined;
    };
    await expect(setLabelsAndTaints(api, nodeName, {}, { taints: [taint("fresh")] })).rejects.toThrow("409");
    api.close();
  });
});
