import type { EngineEvent, OpType } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, test } from "vitest";
import { advance, liveBlock, type Progress, startProgress } from "./progress.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::kpaas::kpaas:index:ContainerPlatform$${type}::${name}`;

const machine = { type: "kpaas:local:Machine", name: "platform-master-1", inputs: { machineName: "master-1" } };
const node = { type: "kpaas:index:Node", name: "platform-master-1-node", inputs: { nodeName: "dev-master-1" } };
const secret = { type: "kpaas:index:RandomSecret", name: "platform-secrets-seed", inputs: {} };
const component = { type: "kpaas:index:HaProxy", name: "platform-haproxy", inputs: {}, custom: false };

interface Resource {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  custom?: boolean;
}

function metadata(op: OpType, { type, name, inputs, custom = true }: Resource) {
  const state = { type, urn: urn(type, name), id: "", parent: "", inputs, outputs: {}, provider: "", custom };
  return { op, urn: urn(type, name), type, provider: "", [op.startsWith("delete") ? "old" : "new"]: state };
}

let sequence = 0;
const event = (content: Partial<EngineEvent>): EngineEvent => ({ sequence: sequence++, timestamp: 0, ...content });
const begins = (op: OpType, resource: Resource) => event({ resourcePreEvent: { metadata: metadata(op, resource) } });
const ends = (op: OpType, resource: Resource, planning = false) =>
  event({ resOutputsEvent: { metadata: metadata(op, resource), planning } });
const says = (message: string, resource?: Resource, extra: { severity?: "error"; ephemeral?: boolean } = {}) =>
  event({
    diagnosticEvent: {
      message,
      color: "never",
      severity: "info",
      ...(resource ? { urn: urn(resource.type, resource.name) } : {}),
      ...extra,
    },
  });

/** Plays events, each a second after the other. */
function play(events: EngineEvent[], live = false): { progress: Progress; lines: string[] } {
  const progress = startProgress(0, 2);
  const lines = events.flatMap((one, index) => advance(progress, one, (index + 1) * 1000, live));
  return { progress, lines };
}

test("what differs is found in the inputs where the provider does not say", () => {
  const state = (inputs: object) => ({
    ...node,
    urn: "",
    inputs: { nodeName: "dev-master-1", api: "[secret]", ...inputs },
  });
  const update = metadata("update", node);
  const [old, wanted] = [state({ taints: [] }), state({ labels: { a: "1" } })];
  const ended = (more: object) => {
    const told = { ...update, old, new: wanted, ...more } as unknown as ReturnType<typeof metadata>;
    return event({ resOutputsEvent: { metadata: told, planning: true } });
  };
  const diffs = (more: object) => [...play([ended(more)]).progress.outcomes.values()].map((outcome) => outcome.diffs);
  expect(diffs({})).toEqual([["taints", "labels"]]);
  expect(diffs({ diffs: ["revision"] })).toEqual([["revision"]]);
});

describe("lines", () => {
  test("a finished resource has one, in words, with the time since the start and its own", () => {
    const { lines } = play([begins("create", machine), begins("create", node), ends("create", machine)]);
    expect(lines).toEqual(["[   3.0s] machine master-1 created (2.0s)"]);
  });

  test("secrets, components and what is unchanged have none, but count", () => {
    const { lines, progress } = play([
      begins("create", secret),
      ends("create", secret),
      begins("create", component),
      ends("create", component),
      ends("create", component),
      ends("same", machine),
    ]);
    expect(lines).toEqual([]);
    expect([...progress.outcomes.values()].map(({ op, name }) => `${op} ${name}`)).toEqual([
      "create platform-secrets-seed",
      "create platform-haproxy",
      "same platform-master-1",
    ]);
  });

  test("a plan is no deed", () => {
    const { lines, progress } = play([begins("create", machine), ends("create", machine, true)]);
    expect(lines).toEqual([]);
    expect(progress.outcomes.size).toBe(1);
  });

  test("what the provider says is shown with the machine it says it of, without colour marks", () => {
    const { lines } = play([begins("create", node), says("<{%fg 1%}>phase: kubeadm<{%reset%}>", node)]);
    expect(lines).toEqual(["[   2.0s] node master-1: phase: kubeadm"]);
  });

  test("passing messages are shown now and then, on a terminal only in the live block", () => {
    const chatter = Array.from({ length: 20 }, (_, index) => says(`phase ${index}`, node, { ephemeral: true }));
    expect(play([begins("create", node), ...chatter]).lines).toEqual([
      "[   2.0s] node master-1: phase 0",
      "[  17.0s] node master-1: phase 15",
    ]);
    expect(play([begins("create", node), ...chatter], true).lines).toEqual([]);
  });

  test("the engine's debugging messages are not shown", () => {
    const debug = says("RegisterResource RPC prepared");
    Object.assign(debug.diagnosticEvent ?? {}, { severity: "debug" });
    expect(play([debug]).lines).toEqual([]);
  });
});

describe("failures", () => {
  test("each is told once, with the machine whose log is worth reading", () => {
    const { lines, progress } = play([
      begins("create", node),
      says("waited 900 s\nphase: kubeadm join", node, { severity: "error" }),
      says("waited 900 s\nphase: kubeadm join", node, { severity: "error" }),
      event({ resOpFailedEvent: { metadata: metadata("create", node), status: 0, steps: 1 } }),
      says("update failed", undefined, { severity: "error" }),
    ]);
    expect(lines).toEqual(["[   2.0s] node master-1 FAILED: waited 900 s"]);
    expect(progress.failures).toEqual([
      { label: "node master-1", machine: "master-1", message: "waited 900 s\nphase: kubeadm join" },
    ]);
    expect(progress.running.size).toBe(0);
  });

  test("what was given up because of another failure is none", () => {
    const { progress } = play([says("failed to run remediation: context canceled", machine, { severity: "error" })]);
    expect(progress.failures).toEqual([]);
  });

  test("a mandatory policy's violation is one, an advisory's a line", () => {
    const violation = (enforcementLevel: "mandatory" | "warning") =>
      event({
        policyEvent: {
          message: "no public disk",
          color: "never",
          policyName: "private-disks",
          policyPackName: "kpaas",
          policyPackVersion: "1",
          policyPackVersionTag: "1",
          enforcementLevel,
        },
      });
    expect(play([violation("mandatory")]).progress.failures).toHaveLength(1);
    const advisory = play([violation("warning")]);
    expect(advisory.progress.failures).toEqual([]);
    expect(advisory.lines).toEqual(["[   1.0s] policy private-disks: no public disk"]);
  });
});

describe("the live block", () => {
  test("says how far, how long, and what is being done with its last word", () => {
    const { progress } = play([
      begins("create", secret),
      ends("create", secret),
      begins("create", machine),
      begins("create", node),
      says("phase: kubeadm", node, { ephemeral: true }),
    ]);
    expect(liveBlock(progress, 65_000)).toEqual([
      "0 of 2 machines ready, 1 resources done, 1m05s",
      "  machine master-1  1m02s",
      "  node master-1  1m01s  phase: kubeadm",
    ]);
  });

  test("a machine is ready once its node is, also where nothing had to be done", () => {
    expect(liveBlock(play([begins("create", node), ends("create", node)]).progress, 0)[0]).toMatch(/^1 of 2 machines/);
    expect(liveBlock(play([ends("same", node)]).progress, 0)[0]).toMatch(/^1 of 2 machines/);
    expect(liveBlock(play([begins("refresh", node), ends("refresh", node)]).progress, 0)[0]).toMatch(/^0 of 2/);
    expect(liveBlock(play([begins("delete", node), ends("delete", node)]).progress, 0)[0]).toMatch(/^0 of 2/);
  });

  test("keeps within its rows", () => {
    const many = Array.from({ length: 20 }, (_, index) =>
      begins("create", { ...machine, name: `m-${index}`, inputs: { machineName: `m-${index}` } }),
    );
    const block = liveBlock(play(many).progress, 30_000, 6);
    expect(block).toHaveLength(6);
    expect(block.at(-1)).toBe("  and 16 more");
  });
});

test("creates that failed are kept with what they asked for; updates are not", () => {
  const fails = (op: OpType, resource: Resource) =>
    event({ resOpFailedEvent: { metadata: metadata(op, resource), status: 0, steps: 1 } });
  const { progress } = play([fails("create", machine), fails("update", node), fails("create-replacement", secret)]);
  expect(progress.failedCreates.map(({ type, inputs }) => ({ type, inputs }))).toEqual([
    { type: machine.type, inputs: machine.inputs },
    { type: secret.type, inputs: secret.inputs },
  ]);
  expect(progress.running.size).toBe(0);
});

test("two runs of the engine count as one: what the first made is unchanged in the second", () => {
  const summary = (resourceChanges: Record<string, number>) =>
    event({
      summaryEvent: { resourceChanges, durationSeconds: 1, maybeCorrupt: false, policyPacks: {} },
    });
  const { progress } = play([summary({ create: 10 }), summary({ create: 5, same: 10 })]);
  expect(progress.changes).toEqual({ create: 15, same: 10 });
});
