import { describe, expect, test } from "vitest";
import { machineChanges } from "../../plan/machine-changes.ts";
import { rolloutOf } from "../../plan/rollout.ts";
import { exampleEnvironment, type RawEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { maxColumns } from "./layout.ts";
import { rolloutText, stageInWords } from "./rollout.ts";

const rollout = (before: Partial<RawEnvironment>, after: Partial<RawEnvironment>) =>
  rolloutOf(exampleEnvironment(after), machineChanges(exampleEnvironment(before), exampleEnvironment(after)));

describe("a rollout in words", () => {
  const stages = rollout(
    { containerPlatform: { masters: { count: 3 }, workerPools: [{ name: "web", count: 40 }] } },
    {
      containerPlatform: {
        haproxy: { generation: 2 },
        masters: { count: 3, generation: 2 },
        workerPools: [{ name: "web", count: 40, generation: 2 }],
      },
    },
  );

  test("names machines, why, how many at a time, what is interrupted and how long it takes", () => {
    expect(stages.map(stageInWords)).toEqual([
      "haproxy-1 replaced (containerPlatform.haproxy.generation); meanwhile nothing reaches the API server, the registry or the database; about 30 s",
      "master-1, master-2, master-3 replaced (containerPlatform.masters.generation), one at a time; about 5 min",
      "40 of web replaced (containerPlatform.workerPools[web].generation), web-1 first, then at most 4 at a time; about 8 min",
    ]);
  });

  test("is numbered in its order, within the columns, and ends with the estimate of all", () => {
    const lines = rolloutText(stages).split("\n");
    expect(lines.filter((line) => /^ {2}\d\. /.test(line))).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(maxColumns);
    expect(lines.at(-1)).toMatch(/^ {2}about 13 min in all: an estimate/);
  });

  test("is nothing where no machine changes", () => {
    expect(rolloutText(rollout({}, {}))).toBe("");
  });
});
