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

  test("tells which machines stand in, where nodes are replaced or drained, and that more go at once then", () => {
    const web = (settings: object) => ({
      kubernetesVersion: "1.36.1",
      ...settings,
    });
    const pools = (maxSurge: number, count: number, more: object = {}) => [
      { name: "web", count, rollout: { maxUnavailable: 0, maxSurge }, ...more },
    ];
    const told = (maxSurge: number, count: number, more: object, version = "1.36.1") =>
      rollout(
        { containerPlatform: web({ workerPools: pools(maxSurge, count) }) },
        { containerPlatform: web({ kubernetesVersion: version, workerPools: pools(maxSurge, count, more) }) },
      )
        .filter(({ name }) => name === "web")
        .map(stageInWords);
    expect(told(1, 3, { generation: 2 })).toEqual([
      "web-1, web-2, web-3 replaced (containerPlatform.workerPools[web].generation), one at a time; " +
        "before, web-4 comes and stands in, until all is done; about 3 min",
    ]);
    expect(told(6, 8, { generation: 2 })).toEqual([
      expect.stringMatching(
        /web-1 first, then at most 6 at a time; before, 6 machines more come and stand in, until all is done/,
      ),
    ]);
    expect(told(1, 3, {}, "1.37.2")).toEqual([expect.stringContaining("web-4 comes and stands in")]);
    // A patch, and labels, take no node away.
    expect(told(1, 3, {}, "1.36.3")).toEqual([expect.not.stringContaining("stands in")]);
    expect(told(1, 3, { labels: { tier: "web" } })).toEqual([expect.not.stringContaining("stands in")]);
    // The only one of a pool has another in its place.
    expect(told(1, 1, { generation: 2 })).toEqual([expect.not.stringContaining("meanwhile")]);
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
