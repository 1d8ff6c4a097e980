import { expect, test } from "vitest";
import { driftOf, type ResourceStep } from "./drift.ts";

const machineType = "kpaas:local:Machine";

const step = (op: string, name: string, type = machineType, diffs: string[] = []): ResourceStep => ({
  op,
  urn: `urn:pulumi:test::kpaas::${type}::${name}`,
  type,
  name,
  diffs,
});

const names = ["worker-1", "worker-10", "registry"];

test("what a refresh reads and finds the same is no drift", () => {
  expect(driftOf([step("refresh", "platform-worker-1"), step("same", "platform-worker-1")], names)).toEqual({
    status: "none",
  });
});

test("what was there and would be made anew is missing, and what never was is not created", () => {
  const steps = [
    step("refresh", "platform-worker-1"),
    step("create", "platform-worker-1"),
    step("create", "platform-worker-10"),
  ];
  expect(driftOf(steps, names)).toMatchObject({
    status: "found",
    changes: [
      { resource: "platform-worker-1", change: "missing", machine: "worker-1", isMachine: true },
      { resource: "platform-worker-10", change: "not created", machine: "worker-10", isMachine: true },
    ],
  });
});

test("the steps of a replacement are one change, with the names of what differs", () => {
  const type = "kpaas:index:Node";
  const steps = ["refresh", "create-replacement", "replace", "delete-replaced"].map((op) =>
    step(op, "platform-worker-1-node", type, op === "refresh" ? [] : ["machineId"]),
  );
  expect(driftOf(steps, names)).toEqual({
    status: "found",
    changes: [
      {
        resource: "platform-worker-1-node",
        type,
        change: "changed",
        properties: ["machineId"],
        machine: "worker-1",
        isMachine: false,
      },
    ],
  });
});

test("a resource that the program has no more is not planned", () => {
  const drift = driftOf([step("refresh", "platform-old"), step("delete", "platform-old")], names);
  expect(drift).toMatchObject({ changes: [{ change: "not planned", machine: undefined, isMachine: false }] });
});

test("a machine's disk or secrets are not the machine", () => {
  const drift = driftOf([step("update", "platform-registry-secrets", "kpaas:index:MachineFiles")], names);
  expect(drift).toMatchObject({ changes: [{ machine: "registry", isMachine: false }] });
  const component = driftOf([step("update", "platform-registry", "kpaas:index:PrivateRegistry")], names);
  expect(component).toMatchObject({ changes: [{ machine: "registry", isMachine: false }] });
});
