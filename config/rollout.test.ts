import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exampleEnvironment, problems } from "../tests/harness/environments/example-environment.ts";
import { rollout, unavailableAtOnce } from "./rollout.ts";

describe("a pool's rollout", () => {
  test("is a tenth at once, with five minutes for pods to leave, and stops where they do not", () => {
    expect(exampleEnvironment().containerPlatform.workerPools[0]?.rollout).toEqual({
      maxUnavailable: "10%",
      maxSurge: 0,
      drainSeconds: 300,
      drainTimeout: "stop",
    });
  });

  const said = (settings: object) =>
    problems({
      infrastructure: { kind: "local" },
      containerPlatform: { workerPools: [{ name: "worker", count: 1, rollout: settings }] },
    });

  test.each([1, 250, "1%", "5%", "100%"])("takes %j at once", (maxUnavailable) => {
    expect(said({ maxUnavailable })).toEqual([]);
  });

  test.each([-1, 1.5, "0%", "101%", "5", "5 %", "%", "many"])("refuses %j at once", (maxUnavailable) => {
    expect(said({ maxUnavailable })).toEqual([
      `containerPlatform.workerPools[0].rollout.maxUnavailable: must be a number from 0 on, or a share from 1% to 100% (got ${JSON.stringify(maxUnavailable)})`,
    ]);
  });

  test.each([{ drainSeconds: 9 }, { drainSeconds: 86_401 }, { drainTimeout: "never" }, { minAvailable: 1 }])(
    "refuses %j",
    (settings) => {
      const [name = ""] = Object.keys(settings);
      expect(said(settings)).toEqual([expect.stringContaining(name)]);
    },
  );
});

describe("how many may be away at once", () => {
  test.each([
    [1, 10, 1],
    [3, 10, 3],
    ["5%", 1000, 50],
    ["10%", 9, 1],
    ["10%", 19, 1],
    ["10%", 20, 2],
    ["50%", 3, 1],
    ["100%", 7, 7],
    ["1%", 1, 1],
  ])("%j of %d is %d", (maxUnavailable, count, atOnce) => {
    expect(unavailableAtOnce({ maxUnavailable }, count)).toBe(atOnce);
  });

  test("is never none, and never more than the share", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2000 }), (share, count) => {
        const { maxUnavailable } = rollout.parse({ maxUnavailable: `${share}%` });
        const atOnce = unavailableAtOnce({ maxUnavailable }, count);
        expect(atOnce).toBeGreaterThanOrEqual(1);
        expect(atOnce).toBeLessThanOrEqual(Math.max(1, (count * share) / 100));
      }),
    );
  });
});
