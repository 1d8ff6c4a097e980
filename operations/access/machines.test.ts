import "../../stacks/infrastructures.ts";
import { expect, test } from "vitest";
import { parseEnvironment } from "../../config/parse.ts";
import { findMachine } from "./machines.ts";

const environment = (rollout: object) =>
  parseEnvironment("dev", {
    infrastructure: { kind: "local" },
    containerPlatform: { workerPools: [{ name: "worker", count: 2, rollout }] },
  });

test("a machine is found by its name and by its host name", () => {
  expect(findMachine(environment({}), "worker-2").hostname).toBe("dev-worker-2");
  expect(findMachine(environment({}), "dev-worker-2").name).toBe("worker-2");
});

test("one that stands in for others is found, where the pool has such", () => {
  expect(findMachine(environment({ maxSurge: 1 }), "worker-3").hostname).toBe("dev-worker-3");
  expect(() => findMachine(environment({}), "worker-3")).toThrow("dev has no machine worker-3");
});
