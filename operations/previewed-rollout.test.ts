import { expect, test } from "vitest";
import { previewText } from "../report/text/operation.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import type { Operation, OperationResult } from "./engine/operation.ts";
import type { Outcome } from "./engine/progress.ts";
import { changesIn, tellRollout } from "./previewed-rollout.ts";

const outcome = (op: Outcome["op"], type: string, machine: string | undefined, diffs: string[] = []): Outcome => ({
  op,
  type,
  urn: `urn:pulumi:test::kpaas::${type}::${machine}`,
  name: `platform-${machine}`,
  label: `${type.split(":").at(-1)} ${machine}`,
  notable: true,
  machine,
  diffs,
});

const node = (op: Outcome["op"], machine: string, diffs?: string[]) => outcome(op, "kpaas:index:Node", machine, diffs);
const files = (op: Outcome["op"], machine: string, diffs?: string[]) =>
  outcome(op, "kpaas:index:MachineFiles", machine, diffs);

const found = (outcomes: Outcome[]) => changesIn(outcomes).map(({ machine, kind }) => `${machine} ${kind}`);

test("a machine is replaced where its node or its files are", () => {
  expect(found([files("replace", "haproxy-1"), node("create-replacement", "worker-1")])).toEqual([
    "haproxy-1 replaced",
    "worker-1 replaced",
  ]);
});

test("a machine is changed in place by what it is delivered, and upgraded by its node's version", () => {
  expect(found([files("update", "registry"), node("update", "worker-1", ["labels"])])).toEqual([
    "registry changed",
    "worker-1 changed",
  ]);
  const both = [files("update", "master-1", ["files"]), node("update", "master-1", ["revision", "kubernetesVersion"])];
  expect(found(both)).toEqual(["master-1 upgraded"]);
});

test("an upgrade drains a node where its kubelet gets another minor, which the preview's versions tell", () => {
  const upgraded = (machine: string, from: string, to: string): Outcome => ({
    ...node("update", machine, ["kubernetesVersion"]),
    kubernetes: { from, to },
  });
  expect(changesIn([upgraded("worker-1", "1.36.1", "1.36.3"), upgraded("worker-2", "1.36.3", "1.37.2")])).toEqual([
    { machine: "worker-1", kind: "upgraded", because: [] },
    { machine: "worker-2", kind: "upgraded", because: [], isDrained: true },
  ]);
});

test("security updates drain a node where machines may restart for them, and no other machine", () => {
  const updated = [node("update", "worker-1", ["packages"]), files("update", "registry", ["packages"])];
  const changed = { kind: "changed", because: [] };
  expect(changesIn(updated)).toEqual([
    { machine: "worker-1", ...changed },
    { machine: "registry", ...changed },
  ]);
  expect(changesIn(updated, { restarts: true })).toEqual([
    { machine: "worker-1", ...changed, isDrained: true },
    { machine: "registry", ...changed },
  ]);
});

test("what is new, gone, unchanged, or reached in another way is no change of a machine that is there", () => {
  expect(
    found([
      node("create", "worker-2"),
      node("delete", "worker-3"),
      node("same", "worker-1"),
      node("refresh", "worker-1"),
      node("update", "worker-1", ["api", "timeoutSeconds"]),
      outcome("update", "kpaas:index:Certificate", undefined),
      outcome("update", "kpaas:local:Machine", "worker-1", ["firewall"]),
    ]),
  ).toEqual([]);
});

const outcomes = [node("replace", "worker-1"), node("replace", "worker-2"), files("update", "haproxy-1", ["files"])];

function previewed(result: OperationResult["result"]): OperationResult {
  const environment = exampleEnvironment({ containerPlatform: { workerPools: [{ name: "worker", count: 2 }] } });
  const operation: Operation = {
    loaded: { name: "test", path: "", file: {}, environment },
    result: { environment: "test", command: "preview", result, seconds: 1, changes: {}, outcomes, failures: [] },
  };
  tellRollout(operation);
  return operation.result as OperationResult;
}

test("a preview tells the order in which up changes machines, and its text does", () => {
  const result = previewed("succeeded");
  expect(result.rollout?.map(({ name }) => name)).toEqual(["haproxy", "worker"]);
  const lines = previewText(result).split("\n");
  expect(lines).toContain("  1. haproxy-1 changed in place; about 8 s");
  expect(lines).toContain("  2. worker-1, worker-2 replaced, one at a time; about 2 min");
});

test("a preview that failed tells no order", () => {
  expect(previewed("failed").rollout).toBeUndefined();
});

test("a preview without changes says so", () => {
  expect(previewText({ outcomes: [], rollout: [] })).toBe("no changes");
});
