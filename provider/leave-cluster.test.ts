import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UserError } from "../lib/errors.ts";
import { FakeApiServer, fakeNode, nodesPath, type Stored } from "../tests/harness/provider/fake-api-server.ts";
import { FakeMachine } from "../tests/harness/provider/fake-machine.ts";
import { type Leaving, leaveCluster } from "./leave-cluster.ts";
import { noteRecord } from "./living-platform.ts";

const machines = vi.hoisted(() => new Map<string, { exec: (argv: string[], options?: object) => unknown }>());
vi.mock("../local/container-engine.ts", () => ({ connectContainerEngine: async () => ({}) }));
vi.mock("../local/exec.ts", () => ({
  containerExec: (_: unknown, container: string, argv: string[], options: object) => {
    const machine = machines.get(container);
    if (!machine) throw new Error("no such container");
    return machine.exec(argv, options);
  },
}));
// The waits of a real run, cut short.
vi.mock("../lib/retry.ts", async (original) => {
  const real = await original<typeof import("../lib/retry.ts")>();
  const retry: typeof real.retry = (options, attempt) =>
    real.retry({ ...options, timeoutSeconds: Math.min(options.timeoutSeconds, 1) }, attempt);
  return { ...real, retry };
});

const machineId = "0123456789abcdef0123456789abcdef";
const removesMember = "kubeadm reset phase remove-etcd-member";
const worker = "test-worker-1";
const master = "test-master-1";
const podPath = "/api/v1/namespaces/apps/pods/app";

let server: FakeApiServer;
let warnings: string[];

beforeEach(async () => {
  server = await FakeApiServer.start();
  warnings = [];
  machines.clear();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
});

const context = () => ({
  name: "node",
  environment: "test",
  signal: new AbortController().signal,
  report: () => {},
  warn: (message: string) => void warnings.push(message),
});

/** Puts a node there with a pod on it, and its machine, which fails at `fails`. */
function put(nodeName: string, { isMaster = false, fails = "nothing" } = {}): FakeMachine {
  server.put(`${nodesPath}/${nodeName}`, fakeNode(nodeName, "True", machineId));
  server.put(podPath, {
    metadata: { name: "app", namespace: "apps" },
    spec: { nodeName },
    status: { phase: "Running" },
  });
  const machine = new FakeMachine((command) => {
    if (command.includes(fails)) return { exitCode: 1, stderr: "etcdserver: no leader\n" };
    if (command === "cat /etc/machine-id") return { stdout: `${machineId}\n` };
    if (command.includes("[ -e /etc/kubernetes/manifests/etcd.yaml ]")) return { exitCode: isMaster ? 0 : 1 };
    return undefined;
  });
  machines.set(nodeName, machine);
  return machine;
}

/** Puts members of etcd there, by whether they are well. */
function putEtcd(...well: boolean[]): void {
  well.forEach((isWell, index) => {
    const name = `etcd-test-master-${index + 1}`;
    const pod: Stored = {
      metadata: {
        name,
        namespace: "kube-system",
        labels: { component: "etcd", tier: "control-plane" },
        annotations: { "kubernetes.io/config.mirror": "x" },
      },
      spec: { nodeName: `test-master-${index + 1}` },
      status: { phase: "Running", conditions: [{ type: "Ready", status: isWell ? "True" : "False" }] },
    };
    server.put(`/api/v1/namespaces/kube-system/pods/${name}`, pod);
  });
}

const leave = (nodeName: string, changes: Partial<Leaving> = {}) =>
  leaveCluster(
    {
      nodeName,
      connection: { kind: "container", container: nodeName },
      api: server.credentials,
      isReplaced: true,
      ...changes,
    },
    context(),
  );
const onDataDisk = { controlPlane: { etcdOnDataDisk: true } };
const onBootDisk = { controlPlane: { etcdOnDataDisk: false } };
const isThere = (path: string) => server.objects.has(path);
const changes = () => server.requests.filter((request) => !request.startsWith("GET"));
const ran = (machine: FakeMachine, text: string) => machine.commands.some((command) => command.includes(text));

describe("a worker", () => {
  test("is drained, then leaves", async () => {
    const machine = put(worker);
    await leave(worker, { drain: { seconds: 1, onTimeout: "stop" } });
    expect([isThere(podPath), isThere(`${nodesPath}/${worker}`)]).toEqual([false, false]);
    expect(changes().at(-1)).toBe(`DELETE ${nodesPath}/${worker}`);
    expect(ran(machine, removesMember)).toBe(false);
    expect(warnings).toEqual([]);
  });

  test("whose pods may not leave stays, with them", async () => {
    put(worker);
    server.refuse = (_, path) => (path.endsWith("/eviction") ? 429 : undefined);
    await expect(leave(worker, { drain: { seconds: 1, onTimeout: "stop" } })).rejects.toThrow("apps/app");
    expect([isThere(podPath), isThere(`${nodesPath}/${worker}`)]).toEqual([true, true]);
  });

  test("whose machine is gone is taken out without a wait for its pods", async () => {
    put(worker);
    machines.clear();
    await leave(worker);
    expect(changes()).toEqual([`DELETE ${nodesPath}/${worker}`]);
  });

  test("that left by hand is fine; one that cannot be asked about is a warning with the command for later", async () => {
    await leave(worker);
    expect(warnings).toEqual([]);
    server.refuse = () => 503;
    await leave(worker);
    expect(warnings).toEqual([expect.stringContaining(`kubectl delete node ${worker}`)]);
  });
});

describe("the only master", () => {
  test("that keeps etcd on its boot disk is not replaced: the cluster would be gone; the way out is named", async () => {
    const machine = put(master, { isMaster: true });
    putEtcd(true);
    for (const leaving of [onBootDisk, { controlPlane: undefined }]) {
      const refused = await leave(master, leaving).catch((error) => error);
      expect(refused).toBeInstanceOf(UserError);
      expect(refused.message).toContain(`${master} keeps etcd on its boot disk`);
      expect(refused.next).toContain(`./kpaas up --allow-loss ${master}`);
    }
    expect(changes()).toEqual([]);
    expect(ran(machine, removesMember)).toBe(false);
    expect(isThere(`${nodesPath}/${master}`)).toBe(true);
  });

  test.each([
    [master, true],
    ["master-1", true],
    ["registry,master-1", true],
    ["", false],
    ["master", false],
    ["aster-1", false],
    ["master-11", false],
    ["test-master-2", false],
  ])("may be lost by --allow-loss %j: %s", async (names, goes) => {
    vi.stubEnv("KPAAS_ALLOW_LOSS", names);
    put(master, { isMaster: true });
    putEtcd(true);
    const left = leave(master, onBootDisk);
    if (goes) await left;
    else await expect(left).rejects.toThrow("boot disk");
    expect(isThere(`${nodesPath}/${master}`)).toBe(!goes);
  });

  test("with a data disk is replaced, and does not leave etcd: its member comes back", async () => {
    const machine = put(master, { isMaster: true });
    putEtcd(true);
    await leave(master, onDataDisk);
    expect(isThere(`${nodesPath}/${master}`)).toBe(false);
    expect(ran(machine, removesMember)).toBe(false);
    expect(ran(machine, "kube-apiserver.yaml")).toBe(true);
  });

  test("that would go for good is refused, data disk or not", async () => {
    put(master, { isMaster: true });
    putEtcd(true);
    await expect(leave(master, { ...onDataDisk, isReplaced: false })).rejects.toThrow("copy of the cluster's data");
  });
});

describe("one of several masters", () => {
  test.each([
    ["replaced, its member on a data disk", { ...onDataDisk, isReplaced: true }, false],
    ["replaced, its member on the boot disk", { ...onBootDisk, isReplaced: true }, true],
    ["gone for good", { ...onDataDisk, isReplaced: false }, true],
    ["of an earlier release", { controlPlane: undefined, isReplaced: true }, true],
  ])("%s leaves etcd: %o %s", async (_, leaving, leavesEtcd) => {
    const machine = put(master, { isMaster: true });
    putEtcd(true, true, true);
    await leave(master, leaving);
    expect(ran(machine, removesMember)).toBe(leavesEtcd);
    expect(isThere(`${nodesPath}/${master}`)).toBe(false);
    // The API server ends before its machine goes, after the node is out.
    expect(machine.commands.at(-1)).toContain("kube-apiserver.yaml");
  });

  test.each([
    [[true, true, false], onDataDisk],
    [[true, true, false], onBootDisk],
    [[true, true], onDataDisk],
  ])("does not go where etcd would lose its quorum: %j %o", async (well, leaving) => {
    const machine = put(master, { isMaster: true });
    putEtcd(...well);
    await expect(leave(master, leaving)).rejects.toThrow(`${master} cannot go now: etcd has ${well.length} members`);
    expect(changes()).toEqual([]);
    expect(machine.commands.filter((command) => /reset|rm -f/.test(command))).toEqual([]);
  });

  test("that cannot leave etcd stays a node: what counts as a member must not be without a machine", async () => {
    put(master, { isMaster: true, fails: removesMember });
    putEtcd(true, true, true);
    await expect(leave(master, onBootDisk)).rejects.toThrow(`${master} could not leave etcd: etcdserver: no leader`);
    expect(isThere(`${nodesPath}/${master}`)).toBe(true);
  });

  test("does not go while the API does not answer, as nobody knows of the quorum; a single one with a data disk does, with a warning", async () => {
    put(master, { isMaster: true });
    putEtcd(true, true, true);
    server.refuse = () => 503;
    await expect(leave(master, onBootDisk)).rejects.toThrow("whether etcd can do without it is not known");
    await expect(leave(master, onDataDisk)).rejects.toThrow("whether etcd can do without it is not known");
    const record = { kept: {}, kubernetesVersion: "1.36.3", machines: { master: ["master-1"] }, dataDisksGiB: {} };
    noteRecord(record, record);
    await leave(master, onDataDisk);
    expect(warnings).toEqual([expect.stringContaining("may still be in the cluster")]);
    expect(changes()).toEqual([]);
  });
});
