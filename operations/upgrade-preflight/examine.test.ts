import "../../stacks/infrastructures.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { UserError } from "../../lib/errors.ts";
import { KubernetesApi } from "../../provider/kubernetes.ts";
import type { Transport } from "../../provider/transport.ts";
import { FakeApiServer, fakeNode, type Stored } from "../../tests/harness/provider/fake-api-server.ts";
import { examineUpgrade, type NodeMachine, type RunningCluster } from "./examine.ts";
import type { Finding } from "./finding.ts";
import { ownAccounts, refuse } from "./index.ts";

let server: FakeApiServer;
let api: KubernetesApi;

beforeEach(async () => {
  server = await FakeApiServer.start();
  api = new KubernetesApi(server.credentials);
});
afterEach(async () => {
  vi.restoreAllMocks();
  api.close();
  await server.stop();
});

const gibInKib = 2 ** 20;
const use = JSON.stringify({
  verb: "list",
  user: { username: "system:serviceaccount:shop:old" },
  userAgent: "old/v0.3",
  objectRef: { resource: "servicecidrs", apiGroup: "networking.k8s.io", apiVersion: "v1beta1" },
  stageTimestamp: new Date().toISOString(),
  annotations: { "k8s.io/deprecated": "true", "k8s.io/removed-release": "1.36" },
});

/** Gives a machine that answers the scripts as one that is well does. */
function machine(name: string, { diskGiB = 30, readyz = "readyz check passed\n", audit = "", auditCode = 0 } = {}) {
  const transport: Transport = {
    exec: async (argv) => {
      const script = argv[2] ?? "";
      const answer = (stdout: string, exitCode = 0) => ({ stdout, stderr: exitCode ? "no such folder" : "", exitCode });
      if (script.includes("readyz")) return answer(readyz);
      if (script.includes("audit*.log")) return answer(audit, auditCode);
      const paths = ["/", "/var/lib/containerd", "/var/lib/etcd"];
      return answer(paths.map((path) => `${path} ${diskGiB * gibInKib} ${path}`).join("\n"));
    },
  };
  const isMaster = name.startsWith("master");
  return { name, hostname: `test-${name}`, isMaster, connect: async () => transport } satisfies NodeMachine;
}

const lists = (path: string, items: object[]) =>
  server.objects.set(path, { metadata: { name: "list" }, items } as Stored);

/** Puts a cluster of a master and two workers into the API, with a pod on a worker. */
function serve({ ready = "True" as "True" | "False", budget = 1, etcd = "True", kubelet = "v1.35.4" } = {}): void {
  const node = (name: string, status: "True" | "False" = "True") => {
    const object = fakeNode(`test-${name}`, status, `id of ${name}`) as Stored & { status: Record<string, unknown> };
    object.status.nodeInfo = { kubeletVersion: kubelet, machineID: name };
    object.status.allocatable = { cpu: "4", memory: "8Gi" };
    return object;
  };
  server.objects.set("/version", { metadata: { name: "version" }, gitVersion: "v1.35.4" });
  const master = node("master-1");
  master.spec = { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] };
  lists("/api/v1/nodes", [master, node("worker-1"), node("worker-2", ready)]);
  server.put("/api/v1/namespaces/kube-system/pods/etcd-test-master-1", {
    metadata: {
      name: "etcd-test-master-1",
      labels: { component: "etcd", tier: "control-plane" },
      ownerReferences: [{ uid: "id of master-1" }],
    },
    spec: { nodeName: "test-master-1" },
    status: { conditions: [{ type: "Ready", status: etcd }] },
  } as Stored);
  lists("/api/v1/pods", [
    {
      metadata: { name: "web-1", namespace: "shop", labels: { app: "web" }, ownerReferences: [{ kind: "ReplicaSet" }] },
      spec: { nodeName: "test-worker-1", containers: [{ resources: { requests: { cpu: "1" } } }] },
      status: { phase: "Running" },
    },
  ]);
  lists("/apis/policy/v1/poddisruptionbudgets", [
    {
      metadata: { name: "web", namespace: "shop" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
      status: { disruptionsAllowed: budget, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
    },
  ]);
}

const cluster = (more: Partial<RunningCluster> = {}): RunningCluster => ({
  api,
  machines: [machine("master-1"), machine("worker-1"), machine("worker-2")],
  pools: [
    {
      name: "worker",
      nodes: ["test-worker-1", "test-worker-2"],
      rollout: { maxUnavailable: 1, maxSurge: 0, drainSeconds: 300, drainTimeout: "stop" },
    },
  ],
  ownAccounts: new Set(),
  target: "1.36.3",
  ...more,
});

const inShort = (findings: readonly Finding[]) => findings.map(({ level, name }) => `${level} ${name}`);

test("a cluster that is well may go on, and was only read", async () => {
  serve();
  expect(await examineUpgrade(cluster())).toEqual([]);
  expect(server.requests.length).toBe(5);
  expect(server.requests.filter((request) => !request.startsWith("GET "))).toEqual([]);
});

test("everything that is wrong is found at once, and each has a remedy", async () => {
  serve({ ready: "False", budget: 0, etcd: "False", kubelet: "v1.36.3" });
  const silent = { ...machine("worker-2"), connect: () => Promise.reject(new Error("connection refused")) };
  const ill = machine("master-1", { diskGiB: 0.5, readyz: "[-]etcd failed: reason withheld\n", audit: `7\t${use}\n` });
  const findings = await examineUpgrade(cluster({ machines: [ill, machine("worker-1"), silent] }));
  expect(inShort(findings)).toEqual([
    "blocks nodes",
    "blocks members of etcd",
    "blocks kubelets newer than the API server",
    "blocks room to drain pool worker",
    "blocks disruption budget shop/web",
    "blocks API server of master-1",
    "blocks disk of master-1",
    "blocks disk of master-1",
    "blocks disk of master-1",
    "blocks machine worker-2",
    "blocks deprecated API networking.k8s.io/v1beta1 servicecidrs",
  ]);
  expect(findings.every(({ remedy }) => remedy)).toBe(true);
  expect(findings.find(({ name }) => name === "machine worker-2")?.found).toContain("connection refused");
  expect(findings.at(-1)?.found).toContain("system:serviceaccount:shop:old (old/v0.3): list, 7 times");
});

test("an API that does not answer is a finding, and machines are looked at all the same", async () => {
  serve();
  server.refuse = () => 503;
  const findings = await examineUpgrade(cluster({ machines: [machine("master-1", { diskGiB: 1.5 })] }));
  expect(findings).toMatchObject([
    { level: "blocks", name: "Kubernetes API", found: expect.stringContaining("503") },
    { level: "blocks", name: "disk of master-1" },
    { level: "blocks", name: "disk of master-1" },
  ]);
});

test("where the minor stays nothing is drained, so that no budget stands in the way", async () => {
  serve({ budget: 0 });
  expect(inShort(await examineUpgrade(cluster()))).toEqual(["blocks disruption budget shop/web"]);
  expect(await examineUpgrade(cluster({ pools: [], target: "1.35.5" }))).toEqual([]);
});

test("a master's missing audit log is told, and stops nothing", async () => {
  serve();
  const machines = [machine("master-1", { auditCode: 1 }), machine("worker-1"), machine("worker-2")];
  expect(await examineUpgrade(cluster({ machines }))).toMatchObject([
    { level: "warning", name: "audit log of master-1", found: expect.stringContaining("no such folder") },
  ]);
});

test("what uses of the platform's own parts the log has are left out", async () => {
  serve();
  const machines = [machine("master-1", { audit: `7\t${use}\n` }), machine("worker-1"), machine("worker-2")];
  expect(await examineUpgrade(cluster({ machines, ownAccounts: new Set(["shop:old"]) }))).toEqual([]);
});

test("the accounts of the platform's own parts are known by their objects", () => {
  const environment = parseEnvironment("dev", { infrastructure: { kind: "local" } });
  const accounts = ownAccounts(environment, planMachines(environment));
  expect(accounts).toContain("kube-flannel:flannel");
  expect(accounts).toContain("kube-system:coredns");
  expect(accounts.every((account) => /^[a-z0-9-]+:[a-z0-9-]+$/.test(account))).toBe(true);
});

const blocking: Finding = { name: "nodes", level: "blocks", found: "b is not Ready", remedy: "see why" };
const warned: Finding = {
  name: "pool worker",
  level: "warning",
  found: "its only node is away",
  remedy: "give it two",
};

function refused(findings: Finding[]): { error?: unknown; said: string } {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  let error: unknown;
  try {
    refuse("dev", { from: "1.35.4", to: "1.36.3", findings });
  } catch (thrown) {
    error = thrown;
  }
  return { error, said: write.mock.calls.join("") };
}

test("all that stands in the way is one error, with each remedy; warnings are told beside it", () => {
  const { error, said } = refused([blocking, warned, { ...blocking, name: "disk of a" }]);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toBe(
    [
      "dev cannot go from Kubernetes 1.35.4 to 1.36.3 yet; 2 things stand in the way:",
      "  nodes: b is not Ready",
      "    remedy: see why",
      "  disk of a: b is not Ready",
      "    remedy: see why",
    ].join("\n"),
  );
  expect((error as UserError).next).toContain("nothing was changed");
  expect(said).toContain("pool worker: its only node is away");
});

test("warnings alone stop nothing", () => {
  const { error, said } = refused([warned]);
  expect(error).toBeUndefined();
  expect(said).toContain("warning: pool worker: its only node is away\n  remedy: give it two");
});
