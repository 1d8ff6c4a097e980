import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { onRecord } from "../config/on-record.ts";
import { UserError } from "../lib/errors.ts";
import { acceptedHostKey } from "../provider/accepted-host-keys.ts";
import { machinesBefore } from "../provider/living-platform.ts";
import { exampleEnvironment, type RawEnvironment } from "../tests/harness/environments/example-environment.ts";
import type { EngineRun } from "./engine/operation.ts";
import { type StateResource, stackStateFile } from "./engine/state.ts";
import type { LoadedEnvironment } from "./environments.ts";
import {
  allowedLosses,
  examineForeignState,
  lossesOf,
  machinesThrough,
  providerVariables,
  recordIn,
  refuseChanges,
  requireHostKeys,
  tellProvider,
} from "./living-platform.ts";
import { preview } from "./preview.ts";
import { up } from "./up.ts";

const loaded = (settings: Partial<RawEnvironment> = {}): LoadedEnvironment => ({
  name: "test",
  path: "stacks/Pulumi.test.yaml",
  file: {},
  environment: exampleEnvironment(settings),
});

const resource = (type: string, name: string, more: Partial<StateResource> = {}): StateResource => ({
  urn: `urn:pulumi:test::kpaas::kpaas:index:ContainerPlatform$${type}::${name}`,
  type: type.split("$").at(-1) ?? type,
  ...more,
});

const record = (settings: Partial<RawEnvironment> = {}) =>
  resource("kpaas:index:PlatformRecord", "platform-record", { inputs: { ...onRecord(exampleEnvironment(settings)) } });
const master = (ordinal: number, inputs: Record<string, unknown> = {}) =>
  resource("kpaas:index:MasterNodes$kpaas:index:Node", `platform-master-${ordinal}-node`, {
    inputs: { nodeName: `test-master-${ordinal}`, ...inputs },
  });
const worker = (ordinal: number, more: Partial<StateResource> = {}) =>
  resource("kpaas:index:WorkerPool$kpaas:index:Node", `platform-worker-${ordinal}-node`, {
    inputs: { nodeName: `test-worker-${ordinal}` },
    ...more,
  });
const firstBoot = (machineName: string) =>
  resource("kpaas:index:FirstBoot", `platform-${machineName}-first-boot`, { inputs: { machineName } });
const pin = (name: string, generation: number) =>
  resource("kpaas:index:MasterNodes$kpaas:index:Pinned", name, { inputs: { pinned: "", generation } });

function refusal(act: () => void): UserError {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("what a living platform cannot take", () => {
  test("is refused all at once, each with path, rule, both values and remedy", () => {
    const cloud = { infrastructure: { kind: "openstack" } } as const;
    const adminCidrs = ["203.0.113.0/24"];
    const before = record({
      ...cloud,
      network: { adminCidrs },
      containerPlatform: { kubernetesVersion: "1.36.1", registry: { dataDiskGiB: 100 } },
    });
    const after = loaded({
      ...cloud,
      network: { adminCidrs, podCidr: "10.64.0.0/16", domain: "example.org" },
      containerPlatform: { kubernetesVersion: "1.35.4", registry: { dataDiskGiB: 50 } },
    });
    const { message, next } = refusal(() => refuseChanges(after, { resources: [before] }));
    expect(message.split("\n")).toEqual([
      "test is up and cannot take 4 changes of its file:",
      "  network.podCidr: cannot change on a running platform: it is 10.233.64.0/18, the file says 10.64.0.0/16; set it back to 10.233.64.0/18, or build another environment and move to it",
      "  network.domain: cannot change on a running platform: it is test.kpaas.internal, the file says example.org; set it back to test.kpaas.internal, or build another environment and move to it",
      "  containerPlatform.kubernetesVersion: cannot go back: 1.36.1 runs, the file says 1.35.4; Kubernetes supports no downgrade: set it to 1.36.1 or newer",
      "  dataDiskGiB of registry: cannot become smaller: the disk has 100 GiB, the file says 50; set it back to 100 or more",
    ]);
    expect(next).toMatch(/^correct kpaas:environment in stacks\/Pulumi\.test\.yaml, .*; nothing was changed$/m);
    expect(next).toContain("as no machine of it has come up yet: ./kpaas destroy test, then up");
    const withMachine = refusal(() => refuseChanges(after, { resources: [before, firstBoot("haproxy-1")] }));
    expect(withMachine.next).not.toContain("destroy");
  });

  test("is nothing where there is no platform yet, or nothing on record of it", () => {
    for (const state of [{}, { resources: [] }, { resources: [master(1)] }])
      expect(() => refuseChanges(loaded({ network: { podCidr: "10.64.0.0/16" } }), state)).not.toThrow();
  });

  test("is nothing where only other settings change", () => {
    const state = { resources: [record()] };
    expect(recordIn(state)?.kubernetesVersion).toBe("1.36.3");
    expect(() => refuseChanges(loaded({ containerPlatform: { masters: { count: 3 } } }), state)).not.toThrow();
  });
});

test("up and preview refuse before anything begins", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kpaas-living-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  try {
    mkdirSync(dirname(stackStateFile("test")), { recursive: true });
    writeFileSync(stackStateFile("test"), JSON.stringify({ checkpoint: { latest: { resources: [record()] } } }));
    const changed = loaded({ network: { podCidr: "10.64.0.0/16" } });
    for (const operation of [up, preview])
      await expect(operation(changed)).rejects.toThrow(
        /^test is up and cannot take a change of its file:\n {2}network/,
      );
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
});

describe("the only copy of the cluster's data", () => {
  const raised = loaded({ containerPlatform: { masters: { generation: 2 } } });
  const onBootDisk = { resources: [master(1), pin("platform-master-1-user-data", 1)] };
  const onDataDisk = {
    resources: [master(1, { controlPlane: { etcdOnDataDisk: true } }), pin("platform-master-1-user-data", 1)],
  };
  const answering = (answer: boolean) => ({ hasTerminal: true, confirm: vi.fn(async () => answer) });

  test("is lost with a single master of an earlier release whose generation rises", () => {
    expect(lossesOf(raised.environment, onBootDisk)).toEqual(["master-1"]);
    expect(lossesOf(loaded().environment, onBootDisk)).toEqual([]);
  });

  test("is kept by a data disk, and by other masters", () => {
    expect(lossesOf(raised.environment, onDataDisk)).toEqual([]);
    expect(lossesOf(raised.environment, { resources: [...onBootDisk.resources, master(2), master(3)] })).toEqual([]);
    expect(lossesOf(raised.environment, {})).toEqual([]);
  });

  test("is not taken for lost because another machine's generation rises", () => {
    const others = { resources: [master(1), pin("platform-worker-image", 1), pin("platform-master-1-image", 2)] };
    expect(lossesOf(raised.environment, others)).toEqual([]);
  });

  test("is lost, too, where a container is made anew to get its data disk", () => {
    const machine = (volumes: object) =>
      resource("kpaas:index:MasterNodes$kpaas:local:Machine", "platform-master-1", {
        inputs: { machineName: "master-1", volumes },
      });
    expect(lossesOf(loaded().environment, { resources: [master(1), machine({})] })).toEqual(["master-1"]);
    const withDisk = { resources: [master(1), machine({ "/var/lib/etcd": "volume" })] };
    expect(lossesOf(loaded().environment, withDisk)).toEqual([]);
  });

  test("is asked for on a terminal, and a no changes nothing", async () => {
    const yes = answering(true);
    expect(await allowedLosses(raised, onBootDisk, [], yes)).toEqual(["master-1"]);
    expect(yes.confirm).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^master-1 is made anew, .*Go on\?$/));
    await expect(allowedLosses(raised, onBootDisk, [], answering(false))).rejects.toThrow("test stays as it is");
  });

  test("is refused without a terminal, which names the flag", async () => {
    const nobody = { hasTerminal: false, confirm: vi.fn() };
    const error = await allowedLosses(raised, onBootDisk, [], nobody).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).next).toContain("./kpaas up test --allow-loss master-1");
    expect(nobody.confirm).not.toHaveBeenCalled();
  });

  test("is given away by the flag without a question", async () => {
    const nobody = { hasTerminal: false, confirm: vi.fn() };
    expect(await allowedLosses(raised, onBootDisk, ["test-master-1"], nobody)).toEqual(["master-1"]);
    expect(nobody.confirm).not.toHaveBeenCalled();
  });

  test("of a machine that does not exist is nobody's to give away", async () => {
    const error = await allowedLosses(loaded(), {}, ["mastr-1"]).catch((error: unknown) => error);
    expect(error).toMatchObject({ message: "test has no machine mastr-1", next: "did you mean master-1?" });
  });
});

describe("an engine's run", () => {
  afterEach(() => vi.unstubAllEnvs());

  /** The part of a run that is asked, with a state that only the engine reads. */
  function foreign(settings: Partial<RawEnvironment>, resources: StateResource[]): EngineRun {
    vi.stubEnv("PULUMI_BACKEND_URL", "s3://bucket");
    const stack = { workspace: { envVars: { OTHER: "kept" } } };
    const state = async () => ({ version: 3, deployment: { resources } });
    return { loaded: loaded(settings), allowedLosses: ["master-1"], stack, state } as unknown as EngineRun;
  }

  test("tells the provider by the engine's variables, beside what they hold", async () => {
    const engine = foreign({}, [record(), firstBoot("haproxy-1")]);
    await tellProvider(engine);
    expect(engine.stack.workspace.envVars).toEqual({
      OTHER: "kept",
      KPAAS_MACHINES_BEFORE: "haproxy-1",
      KPAAS_ALLOW_LOSS: "master-1",
    });
  });

  test("refuses by a state that is elsewhere, too, and checks what may be lost", async () => {
    const refused = foreign({ network: { podCidr: "10.64.0.0/16" } }, [record()]);
    await expect(examineForeignState(refused)).rejects.toThrow("network.podCidr: cannot change");
    const raised = foreign({ containerPlatform: { masters: { generation: 2 } } }, [
      master(1),
      pin("platform-master-1-user-data", 1),
    ]);
    await examineForeignState(raised);
    expect(raised.allowedLosses).toEqual(["master-1"]);
    raised.allowedLosses = ["mastr-1"];
    await expect(examineForeignState(raised)).rejects.toThrow("test has no machine mastr-1");
  });
});

describe("machines that have been through", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("after a first up that failed are those that are as they should be", () => {
    const resources = [record(), firstBoot("haproxy-1"), master(1), worker(1, { initErrors: ["not Ready"] })];
    expect(machinesThrough({ resources })).toEqual(["haproxy-1", "master-1"]);
  });

  test("are those of the last up that ended well, too: one that could not be made anew is not there for the first time", () => {
    const stack = {
      urn: "urn",
      type: "pulumi:pulumi:Stack",
      outputs: { machines: { "worker-1": {}, "worker-2": {} } },
    };
    expect(machinesThrough({ resources: [stack, worker(1)] })).toEqual(["worker-1", "worker-2"]);
  });

  test("are not known of a state that has nothing", () => {
    expect(machinesThrough({})).toBeUndefined();
    expect(providerVariables({}, {})).toEqual({});
  });

  test("are told to the provider, with what may be lost", () => {
    expect(providerVariables({ resources: [record()] }, {})).toEqual({ KPAAS_MACHINES_BEFORE: "" });
    expect(providerVariables({ resources: [master(1), worker(2)] }, { allowedLosses: ["master-1"] })).toEqual({
      KPAAS_MACHINES_BEFORE: "master-1,worker-2",
      KPAAS_ALLOW_LOSS: "master-1",
    });
  });

  test("are told with the host keys that the user vouches for, by the machines' names", () => {
    const { environment } = loaded();
    const fingerprint = `SHA256:${"a1+/".repeat(10)}abc`;
    const accepted = requireHostKeys(environment, [`test-worker-1=${fingerprint}`]);
    expect(providerVariables({}, { acceptedHostKeys: accepted })).toEqual({
      KPAAS_ACCEPT_HOST_KEYS: `worker-1=${fingerprint}`,
    });
    vi.stubEnv("KPAAS_ACCEPT_HOST_KEYS", `other-1=x,worker-1=${fingerprint}`);
    expect([acceptedHostKey("worker-1"), acceptedHostKey("test-worker-1")]).toEqual([fingerprint, fingerprint]);
    expect([acceptedHostKey("worker-11"), acceptedHostKey("worker-2")]).toEqual([undefined, undefined]);
  });

  test.each([
    ["worker-1", "is not MACHINE=SHA256:FINGERPRINT"],
    ["worker-1=SHA256:short", "is not MACHINE=SHA256:FINGERPRINT"],
    [`wroker-1=SHA256:${"a".repeat(43)}`, "has no machine wroker-1"],
  ])("a host key that is vouched for as %s is refused", (given, why) => {
    expect(() => requireHostKeys(loaded().environment, [given])).toThrow(why);
  });

  test("are what the provider answers when it is told, and otherwise all", () => {
    expect(machinesBefore()).toBe("all");
    vi.stubEnv("KPAAS_MACHINES_BEFORE", "master-1,worker-2");
    expect(machinesBefore()).toEqual(["master-1", "worker-2"]);
    vi.stubEnv("KPAAS_MACHINES_BEFORE", "");
    expect(machinesBefore()).toEqual([]);
  });
});
