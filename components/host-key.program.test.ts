import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseEnvironment } from "../config/parse.ts";
import { fingerprintOf } from "../lib/ssh-key.ts";
import type { MachineFile, SshConnection } from "../provider/sdk.ts";
import { createInfrastructure } from "../stacks/openstack/index.ts";
import { ofType, type Recorded, record } from "../tests/harness/mocks/mocks.ts";
import { ContainerPlatform } from "./container-platform.ts";
import { firstHostKey, ownHostKey } from "./host-key.ts";
import { Rollout } from "./rollout.ts";

interface Options {
  generation?: number;
  workers?: number;
  /** Workers of an earlier release. */
  withoutFirstHostKey?: string[];
}

function platform({ generation = 1, workers = 2, withoutFirstHostKey = [] }: Options = {}): Promise<Recorded> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "openstack" },
    network: { adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: { workerPools: [{ name: "worker", count: workers, generation }] },
  });
  return record(
    () => {
      const infrastructure = createInfrastructure(environment, {});
      return new ContainerPlatform("platform", { environment, infrastructure, rollout: new Rollout([], {}) });
    },
    { withoutFirstHostKey },
  );
}

const plaintext = <T>(value: T | { value: T }): T => (value as { value: T })?.value ?? (value as T);
const userDataOf = (recorded: Recorded) =>
  new Map(
    ofType(recorded, "openstack:compute/instance:Instance").map(({ name, inputs }) => [
      name.replace("platform-", ""),
      String(plaintext(inputs.userData)),
    ]),
  );
const keysOf = (recorded: Recorded) =>
  new Map([...userDataOf(recorded)].map(([name, text]) => [name, parse(text).ssh_keys?.ed25519_public as string]));

/** Gives the ways in of the resources that reach machines, by the resources' names. */
const waysOf = (recorded: Recorded) =>
  new Map(
    ["MachineFiles", "FirstBoot", "Node", "RegistryImages"].flatMap((type) =>
      ofType(recorded, `kpaas:index:${type}`).map(
        ({ name, inputs }) => [name, plaintext(inputs.connection) as SshConnection] as const,
      ),
    ),
  );
const filesOf = (recorded: Recorded, name: string) =>
  plaintext(
    recorded.resources.find((resource) => resource.name === name)?.inputs.files as
      | MachineFile[]
      | { value: MachineFile[] },
  );

const present = await platform();

test("every machine's user-data gives it a host key that no other has", () => {
  const keys = [...keysOf(present).values()];
  expect(keys).toHaveLength(8);
  expect(new Set(keys.map(fingerprintOf)).size).toBe(8);
});

test("it is another with each generation, and the same text each time", async () => {
  expect(userDataOf(await platform())).toEqual(userDataOf(present));
  const [before, after] = [keysOf(present), keysOf(await platform({ generation: 2 }))];
  const changed = [...after].filter(([name, key]) => before.get(name) !== key).map(([name]) => name);
  expect(changed).toEqual(["worker-1", "worker-2"]);
});

test("whoever reaches a machine knows its own key, which is another, and the bastion's", () => {
  const bastion = waysOf(present).get("platform-bastion-files");
  expect(bastion?.bastion).toBeUndefined();
  const others = [...waysOf(present)].filter(([name]) => !name.startsWith("platform-bastion"));
  expect(others).toHaveLength(12);
  for (const [name, { hostKey = "", firstHostKey, bastion: through }] of others) {
    const machine = hostKey.split(" ")[2] ?? "";
    expect(name).toContain(machine);
    expect(firstHostKey).toBe(keysOf(present).get(machine));
    expect(fingerprintOf(hostKey)).not.toBe(fingerprintOf(firstHostKey ?? ""));
    expect(through?.hostKey).toBe(bastion?.hostKey);
  }
});

test("nobody goes through the bastion before it has its own key", () => {
  const { dependencies = [] } = present.ties.get("kpaas:index:Node platform-worker-1-node") ?? {};
  expect(dependencies).toContain("kpaas:index:MachineFiles platform-bastion-files");
});

test.each(["platform-worker-1-node", "platform-master-1-files", "platform-bastion-files"])(
  "%s delivers the private half for root alone",
  (name) => {
    const [secret, open] = ["", ".pub"].map((end) =>
      filesOf(present, name).find(({ path }) => path === `/etc/ssh/ssh_host_ed25519_key${end}`),
    );
    expect(secret).toMatchObject({ permissions: "0600", content: expect.stringContaining("PRIVATE KEY") });
    expect(open?.content.trim()).toBe(waysOf(present).get(name)?.hostKey);
  },
);

test("one more worker means two more resources, and no changed input elsewhere", async () => {
  const more = await platform({ workers: 3 });
  const before = new Map(present.resources.map((resource) => [resource.name, JSON.stringify(resource.inputs)]));
  const added = more.resources.filter(({ name }) => !before.has(name)).map(({ name }) => name);
  const workers = added.filter((name) => !/port$/.test(name));
  expect(workers.sort()).toEqual(["platform-worker-3", "platform-worker-3-node"]);
  const machines = more.resources.filter(({ type }) => /instance:Instance|:Node$|:MachineFiles$/.test(type));
  for (const { name, inputs } of machines)
    if (before.has(name)) expect(JSON.stringify(inputs), name).toBe(before.get(name));
});

test("workers of an earlier release keep their user-data to the letter, and are trusted once; one that comes is not", async () => {
  const living = await platform({ withoutFirstHostKey: ["worker-1"] });
  expect(userDataOf(living).get("worker-1")).toBe(
    "#cloud-config\n# generation 1\nhostname: test-worker-1\npreserve_hostname: false\nssh_pwauth: false\n",
  );
  const way = (n: number) => waysOf(living).get(`platform-worker-${n}-node`);
  expect(way(1)?.hostKey).toMatch(/ worker-1$/);
  expect(way(1)).not.toHaveProperty("firstHostKey");
  expect(way(2)?.firstHostKey).toBe(keysOf(present).get("worker-2"));
});

test("keys are known only to who has the seed, and differ by machine, life and use", () => {
  const plan = { name: "worker-1", generation: 1 };
  const keys = [
    firstHostKey("seed", plan),
    firstHostKey("another seed", plan),
    firstHostKey("seed", { ...plan, generation: 2 }),
    firstHostKey("seed", { ...plan, name: "worker-2" }),
    ownHostKey("seed", plan, "i-1"),
    ownHostKey("seed", plan, "i-2"),
  ].map(({ publicKeyOpenSsh }) => fingerprintOf(publicKeyOpenSsh));
  expect(new Set(keys).size).toBe(keys.length);
});
