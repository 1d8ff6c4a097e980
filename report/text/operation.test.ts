import { beforeEach, expect, test, vi } from "vitest";
import type { OperationResult } from "../../operations/engine/operation.ts";
import type { Outcome } from "../../operations/engine/progress.ts";
import { failureText, operationJson, previewText, successText } from "./operation.ts";

beforeEach(() => {
  vi.stubEnv("NO_COLOR", "1");
});

const outcome = (op: Outcome["op"], name: string, more: Partial<Outcome> = {}): Outcome => ({
  op,
  urn: name,
  type: "t",
  name,
  label: `machine ${name}`,
  notable: true,
  diffs: [],
  ...more,
});

const result = (more: Partial<OperationResult>): OperationResult => ({
  environment: "dev",
  command: "up",
  result: "succeeded",
  seconds: 12.34,
  changes: {},
  outcomes: [],
  failures: [],
  ...more,
});

test("a success is a line with its counts, and what to do next", () => {
  const changes = { create: 3, same: 20 };
  expect(successText(result({ changes }), ["./kpaas verify dev", "./kpaas status dev"])).toBe(
    "up dev: 3 created, 20 unchanged, 12.3s\nnext: ./kpaas verify dev\n      ./kpaas status dev",
  );
  expect(successText(result({}))).toBe("up dev: nothing to do, 12.3s");
});

test("a failure has its causes, the logs of at most three machines, and the way on", () => {
  const failures = ["a", "b", "c", "d"].map((machine) => ({ label: `node ${machine}`, message: "one\ntwo", machine }));
  const lines = failureText(result({ result: "failed", failures })).split("\n");
  expect(lines[0]).toBe("error: up dev failed after 12.3s");
  expect(lines.slice(1, 3)).toEqual(["  node a: one", "    two"]);
  expect(lines.slice(-4)).toEqual([
    "next: ./kpaas logs dev a",
    "      ./kpaas logs dev b",
    "      ./kpaas logs dev c",
    "      ./kpaas up dev   (goes on from here)",
  ]);
});

test("who stopped it is told no error", () => {
  expect(failureText(result({ result: "interrupted" }))).toBe(
    "up dev was stopped after 12.3s\nnext: ./kpaas up dev   (goes on from here)",
  );
});

test("refreshes before another operation are none of its resources in JSON", () => {
  const outcomes = [outcome("refresh", "a"), outcome("create", "b")];
  const b = { op: "create", type: "t", name: "b", diffs: [] };
  expect(operationJson(result({ outcomes }))).toEqual({
    environment: "dev",
    command: "up",
    result: "succeeded",
    seconds: 12.34,
    changes: {},
    failures: [],
    resources: [b],
  });
  expect(operationJson(result({ outcomes, command: "refresh" })).resources).toHaveLength(2);
});

test("a preview has a line for each notable change, and a replacement once", () => {
  const text = previewText({
    outcomes: [
      outcome("create", "a"),
      outcome("update", "b", { diffs: ["image", "tags"] }),
      outcome("replace", "c"),
      outcome("create-replacement", "c"),
      outcome("create", "key", { notable: false }),
      outcome("same", "d"),
    ],
  });
  expect(text).toBe("  + machine a\n  ~ machine b  (image, tags)\n  ± machine c");
  expect(previewText({ outcomes: [outcome("same", "d")] })).toBe("no changes");
});
