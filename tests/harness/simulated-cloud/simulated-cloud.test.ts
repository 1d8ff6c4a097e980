import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type TestStack, testStack } from "../provider/test-stack.ts";
import { debugProviders, type Faults, type SimulatedCloud, startSimulatedCloud } from "./simulated-cloud.ts";

/** The SDK's own classes pass on only what they know, without a word. */
class Undeclared extends pulumi.CustomResource {}

let stack: TestStack;
let cloud: SimulatedCloud;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-cloud-"));
  cloud = await startSimulatedCloud({ name: "aws", storeFolder: folder });
  // The engine attaches to what the variable holds at its start.
  vi.stubEnv("PULUMI_DEBUG_PROVIDERS", debugProviders(cloud));
  stack = await testStack();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await stack?.dispose();
  await cloud?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Wishes {
  subnetCidr?: string;
  userData?: string;
  machines?: number;
  instanceExtra?: Partial<ec2.InstanceArgs>;
}

function network({ subnetCidr = "10.0.0.0/24" }: Wishes = {}) {
  const vpc = new ec2.Vpc("network", { cidrBlock: "10.0.0.0/16", tags: { Name: "kpaas" } });
  const subnet = new ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: subnetCidr });
  return { vpc, subnet };
}

const platform =
  (wishes: Wishes = {}): PulumiFn =>
  async () => {
    const { vpc, subnet } = network(wishes);
    const group = new ec2.SecurityGroup("nodes", {
      name: "nodes",
      vpcId: vpc.id,
      ingress: [{ protocol: "tcp", fromPort: 6443, toPort: 6443, cidrBlocks: ["10.0.0.0/16"] }],
    });
    const machines = Array.from(
      { length: wishes.machines ?? 1 },
      (_, index) =>
        new ec2.Instance(`machine-${index + 1}`, {
          ami: "ami-0123456789abcdef0",
          instanceType: "t3.medium",
          subnetId: subnet.id,
          vpcSecurityGroupIds: [group.id],
          userData: wishes.userData ?? "#cloud-config",
          ...wishes.instanceExtra,
        }),
    );
    return { ids: machines.map(({ id }) => id), addresses: machines.map(({ privateIp }) => privateIp), vpc: vpc.arn };
  };

const types = () =>
  cloud
    .list()
    .map(({ type }) => type.split(":").at(-1))
    .sort();
const ofType = (type: string) => {
  const object = cloud.list().find((candidate) => candidate.type.endsWith(`:${type}`));
  if (!object) throw new Error(`no ${type}`);
  return object;
};
const refusedOnce = async (faults: Faults) => {
  cloud.setFaults(faults);
  return stack.up(platform());
};

describe("a cloud's life", () => {
  test("a network with a machine goes up, a second up finds nothing to do, destroy leaves nothing", async () => {
    const up = await stack.up(platform());
    expect(up.said).not.toMatch(/error/i);
    expect(up.succeeded).toBe(true);
    expect(types()).toEqual(["Instance", "SecurityGroup", "Subnet", "Vpc"]);
    expect(up.outputs).toEqual({
      ids: [expect.stringMatching(/^i-0[0-9a-f]{16}$/)],
      addresses: ["10.0.0.4"],
      vpc: expect.stringMatching(/^arn:aws:ec2:.*:vpc\/vpc-/),
    });
    const again = await stack.up(platform());
    expect(new Set(Object.values(again.steps))).toEqual(new Set(["same"]));
    expect((await stack.refresh()).succeeded).toBe(true);
    expect(Object.values((await stack.preview(platform())).steps)).toEqual(["same", "same", "same", "same"]);
    expect((await stack.destroy()).succeeded).toBe(true);
    expect(cloud.list()).toEqual([]);
  });

  test("default and explicit providers reach the same cloud", async () => {
    const { Provider } = await import("@pulumi/aws/provider.js");
    const up = await stack.up(async () => {
      const provider = new Provider("seoul", { region: "ap-northeast-2" });
      new ec2.Vpc("explicit", { cidrBlock: "10.1.0.0/16" }, { provider });
      new ec2.Vpc("default", { cidrBlock: "10.2.0.0/16" });
    });
    expect(up.said).not.toMatch(/error/i);
    expect(types()).toEqual(["Vpc", "Vpc"]);
  });

  test("refresh sees a change by hand, and the next up puts it right", async () => {
    await stack.up(platform());
    cloud.edit(ofType("Vpc").id, ({ inputs }) => {
      inputs.tags = { Name: "somebody else's" };
    });
    cloud.remove(ofType("Instance").id);
    const refresh = await stack.refresh();
    expect(refresh.steps).toMatchObject({ network: "refresh", "machine-1": "refresh" });
    const up = await stack.up(platform());
    expect(up.steps).toMatchObject({ network: "update", "machine-1": "create", subnet: "same" });
    expect(ofType("Vpc").inputs.tags).toEqual({ Name: "kpaas" });
  });

  test("up replaces an object for a change that the cloud cannot make in place, and for no other", async () => {
    await stack.up(platform());
    const before = ofType("Instance").id;
    expect((await stack.up(platform({ userData: "#cloud-config\n{}" }))).steps["machine-1"]).toBe("update");
    expect(ofType("Instance").id).toBe(before);
    const wanted = { userData: "#cloud-config", instanceExtra: { userDataReplaceOnChange: true } };
    expect((await stack.up(platform(wanted))).steps["machine-1"]).toMatch(/replace/);
    expect(ofType("Instance").id).not.toBe(before);
    const moved = await stack.up(platform({ ...wanted, subnetCidr: "10.0.1.0/24" }));
    expect(moved.steps.subnet).toMatch(/replace/);
    expect(moved.outputs.addresses).toEqual(["10.0.1.4"]);
    expect(types()).toEqual(["Instance", "SecurityGroup", "Subnet", "Vpc"]);
  });

  test("secrets stay secret", async () => {
    await stack.up(platform({ instanceExtra: { userData: pulumi.secret("the password") } }));
    expect((await stack.refresh()).succeeded).toBe(true);
    expect(JSON.stringify(await stack.state())).not.toContain("the password");
    expect(
      (await stack.preview(platform({ instanceExtra: { userData: pulumi.secret("the password") } }))).steps,
    ).toEqual({
      network: "same",
      subnet: "same",
      nodes: "same",
      "machine-1": "same",
    });
  });
});

test("a preview refuses what the SDK does not declare: by its name, with the nearest that it does", async () => {
  const args = { defaultActions: [{ typ: "forward" }], port: "6443", protocl: "TCP" };
  const preview = await stack.preview(async () => void new Undeclared("aws:lb/listener:Listener", "api", args));
  expect(preview.succeeded).toBe(false);
  expect(preview.said).toMatch(/protocl.{0,60}no such property; did you mean protocol\?/);
  expect(preview.said).toMatch(/defaultActions\[0\]\.typ.{0,60}no such property; did you mean type\?/);
  expect(preview.said).toMatch(/port.{0,60}must be a number, not a string/);
  expect(preview.said).toMatch(/loadBalancerArn.{0,60}required, but missing/);
});

describe("references between objects", () => {
  test("an id of something that is not there is refused", async () => {
    const subnetId = "subnet-00000000000000000";
    const up = await stack.up(platform({ instanceExtra: { subnetId } }));
    expect(up.said).toContain(`InvalidSubnetID.NotFound: The Subnet ID '${subnetId}' does not exist`);
    expect(types()).toEqual(["SecurityGroup", "Subnet", "Vpc"]);
  });

  test("a name of a key pair that nobody has made is refused", async () => {
    const up = await stack.up(platform({ instanceExtra: { keyName: "nobody" } }));
    expect(up.said).toContain("The KeyPair ID 'nobody' does not exist");
  });

  test("a subnet that a machine is in cannot be deleted", async () => {
    await stack.up(platform());
    // The state forgets the machine, which is then somebody else's to the engine.
    await stack.rewrite((state) => {
      state.resources = state.resources.filter(({ urn }) => !urn.endsWith("::machine-1"));
    });
    const destroy = await stack.destroy();
    expect(destroy.succeeded).toBe(false);
    expect(destroy.said).toContain("DependencyViolation");
    expect(types()).toEqual(expect.arrayContaining(["Instance", "Subnet", "Vpc"]));
  });

  test("an address is given once", async () => {
    const up = await stack.up(platform({ machines: 2, instanceExtra: { privateIp: "10.0.0.9" } }));
    expect(up.said).toContain("InvalidIPAddress.InUse: Address 10.0.0.9 is in use");
  });
});

describe("faults", () => {
  test("a quota stops what is over it, and the rest is there", async () => {
    cloud.setFaults({ quotas: { Instance: 2 } });
    const up = await stack.up(platform({ machines: 3 }));
    expect(up.said).toContain("InstanceLimitExceeded");
    expect(types().filter((type) => type === "Instance")).toHaveLength(2);
    cloud.setFaults({});
    expect((await stack.up(platform({ machines: 3 }))).succeeded).toBe(true);
    expect(types().filter((type) => type === "Instance")).toHaveLength(3);
  });

  test("throttled calls are tried again", async () => {
    const up = await refusedOnce({ throttling: { firstCalls: 2, status: 503 } });
    expect(up.succeeded).toBe(true);
    const answers = cloud.calls().filter(({ operation, type }) => operation === "create" && type.endsWith(":Vpc"));
    expect(answers.map(({ answer }) => answer)).toEqual(["503", "503", "ok"]);
  });

  test("throttled calls that are not to be tried again fail with their error", async () => {
    const up = await refusedOnce({ throttling: { firstCalls: 1, status: 429, retried: false } });
    expect(up.said).toContain("StatusCode: 429");
    expect(cloud.list()).toEqual([]);
  });

  test("a create that fails once succeeds the next time, and nothing is made twice", async () => {
    const faults = { failCreateOnce: ["Instance"] };
    expect((await refusedOnce(faults)).said).toContain("InternalError");
    const up = await stack.up(platform());
    expect(up.steps).toMatchObject({ network: "same", "machine-1": "create" });
    expect(types()).toEqual(["Instance", "SecurityGroup", "Subnet", "Vpc"]);
  });
});

describe("killed in the middle", () => {
  test("an engine leaves a cloud that goes on, with what it was making, and the next up goes on with the rest", async () => {
    // Creates are done at once, and answered too late.
    cloud.setFaults({ answerMillisecondsOf: { Subnet: 60_000 }, latencyMillisecondsOf: { SecurityGroup: 60_000 } });
    const killed = stack.up(platform());
    await until(() => cloud.list().some(({ type }) => type.endsWith(":Subnet")));
    process.kill((await stack.enginePid()) as number, "SIGKILL");
    expect((await killed).succeeded).toBe(false);
    cloud.setFaults({});
    await stack.unlock();
    const vpc = ofType("Vpc").id;
    cloud.remove(ofType("Subnet").id);
    expect((await stack.up(platform())).succeeded).toBe(true);
    expect(types()).toEqual(["Instance", "SecurityGroup", "Subnet", "Vpc"]);
    expect(ofType("Vpc").id).toBe(vpc);
  });

  test("a cloud has what it had when it starts again", async () => {
    await stack.up(platform());
    const before = cloud.list();
    await cloud.stop();
    cloud = await startSimulatedCloud({ name: "aws", storeFolder: folder });
    vi.stubEnv("PULUMI_DEBUG_PROVIDERS", debugProviders(cloud));
    expect(cloud.list()).toEqual(before);
    const up = await stack.up(platform({ machines: 2 }));
    expect(up.steps).toMatchObject({ network: "same", "machine-1": "same", "machine-2": "create" });
    expect(new Set(up.outputs.addresses as string[])).toEqual(new Set(["10.0.0.4", "10.0.0.5"]));
  });
});

async function until(isTrue: () => boolean, seconds = 60): Promise<void> {
  const deadline = performance.now() + seconds * 1_000;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`not so after ${seconds} s`);
    await setTimeout(20);
  }
}
