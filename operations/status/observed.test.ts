import { expect, test } from "vitest";
import { planOf } from "../../plan/plan.ts";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { driftTo, missing, readAt, soundFacts, soundLive } from "../../tests/harness/environments/observed-platform.ts";
import { conditionsOf, type Facts, observedOf } from "./observed.ts";

const plan = planOf(exampleEnvironment());
const sound = soundFacts(plan);

/** Gives one machine as it is observed where some facts are others. */
function machine(name: string, but: Partial<Facts> = {}) {
  const found = soundLive(plan, but).machines.find((each) => each.name === name);
  if (!found) throw new Error(`no machine ${name}`);
  return found;
}

const silent = (name: string): Pick<Facts, "machines"> => ({
  machines: { ...sound.machines, [name]: { answer: { unknown: "connect ETIMEDOUT" } } },
});

test("every machine of a sound platform exists, runs and is ready, without a reason", () => {
  const { machines } = soundLive(plan);
  expect(machines.map(({ name }) => name)).toEqual(plan.machines.map(({ name }) => name));
  for (const each of machines)
    expect(each).toMatchObject({ condition: "ready", reasons: [], exists: "yes", state: "running" });
});

test("only masters and workers have a node", () => {
  const withNode = soundLive(plan).machines.filter(({ node }) => node !== undefined);
  expect(withNode.map(({ role }) => role)).toEqual(["master", "worker"]);
});

test("a machine that a comparison misses is missing", () => {
  const drift = missing("worker-1");
  expect(machine("worker-1", { ...silent("worker-1"), drift })).toMatchObject({
    condition: "missing",
    exists: "no",
    state: "missing",
    reasons: ["it was made, but does not exist any more"],
  });
  expect(machine("master-1", { drift }).condition).toBe("ready");
});

test("another machine under the name of a missing one does not pass for it", () => {
  const { condition, reasons } = machine("worker-1", { drift: missing("worker-1") });
  expect(condition).toBe("missing");
  expect(reasons).toContain("what answers under its name is another machine");
});

test("a silent machine is unknown, with the reason, while nothing says that it exists", () => {
  const drift = { status: "unknown", reason: "not compared" } as const;
  expect(machine("registry", { ...silent("registry"), drift })).toMatchObject({
    condition: "unknown",
    exists: "unknown",
    state: "unreachable",
    reasons: ["it does not answer: connect ETIMEDOUT"],
  });
});

test("a silent machine that exists is not ready", () => {
  expect(machine("registry", silent("registry"))).toMatchObject({ condition: "not ready", exists: "yes" });
});

test("a node that is not Ready or not there, and a service that is down, make a machine not ready", () => {
  const hostname = plan.machines.find(({ name }) => name === "worker-1")?.hostname ?? "";
  const nodes = (ready?: boolean): Pick<Facts, "nodes"> => ({
    nodes: { value: ready === undefined ? {} : { [hostname]: ready } },
  });
  expect(machine("worker-1", nodes(false))).toMatchObject({ condition: "not ready", node: "NotReady" });
  expect(machine("worker-1", nodes())).toMatchObject({ condition: "not ready", node: "absent" });
  const answer = { value: { firstBoot: "done", units: { kubelet: "failed" } } } as const;
  const { condition, reasons } = machine("worker-1", { machines: { ...sound.machines, "worker-1": { answer } } });
  expect({ condition, reasons }).toEqual({ condition: "not ready", reasons: ["kubelet is failed"] });
});

test("a node of which the API says nothing is unknown, and so is its machine; others are judged without it", () => {
  const nodes = { unknown: "the API does not answer: ECONNREFUSED" };
  expect(machine("worker-1", { nodes })).toMatchObject({
    condition: "unknown",
    node: "unknown",
    reasons: ["its node is not known: the API does not answer: ECONNREFUSED"],
  });
  expect(machine("registry", { nodes }).condition).toBe("ready");
});

test("a machine that works but is not as it was made is changed", () => {
  const drift = driftTo("registry", { change: "changed", properties: ["firewall"] });
  expect(machine("registry", { drift })).toMatchObject({
    condition: "changed",
    exists: "yes",
    reasons: ["platform-registry is changed: firewall"],
  });
});

test("days are counted from the reading, warned of below 30, and the first to end comes first", () => {
  const at = (days: number) => ({ value: new Date(Date.parse(readAt) + days * 86_400_000).toISOString() });
  const certificates = [
    { name: "unread", machine: "worker-1", notAfter: { unknown: "worker-1 does not answer" } },
    { name: "later", notAfter: at(30) },
    { name: "soon", notAfter: at(29.9) },
    { name: "ended", notAfter: at(-0.1) },
  ];
  const observed = observedOf(plan.machines, { ...sound, certificates });
  expect(observed.certificates.map(({ name, state, daysLeft }) => [name, state, daysLeft])).toEqual([
    ["ended", "ended", -1],
    ["soon", "ends soon", 29],
    ["later", "valid", 30],
    ["unread", "unknown", undefined],
  ]);
  expect(observed.certificates.at(-1)).toMatchObject({ reason: "worker-1 does not answer" });
});

test("a group is called by the worst of its machines, and counts all", () => {
  const { machines } = soundLive(plan, { drift: missing("worker-1") });
  const text = `✗ 1 missing, ✓ ${machines.length - 1} ready`;
  expect(conditionsOf(machines)).toEqual({ worst: "missing", text });
  expect(conditionsOf(machines.slice(0, 1))).toEqual({ worst: "ready", text: "✓ ready" });
});
