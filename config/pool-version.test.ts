import { describe, expect, test } from "vitest";
import { exampleEnvironment, problems } from "../tests/harness/environments/example-environment.ts";
import { planMachines } from "./machines.ts";
import { asSeenBy, kubernetesVersionOf, poolsBehind, skewProblem } from "./pool-version.ts";

const environment = exampleEnvironment({
  containerPlatform: {
    kubernetesVersion: "1.37.2",
    workerPools: [{ name: "web", kubernetesVersion: "1.36.3" }, { name: "batch" }],
  },
});

describe("a pool's Kubernetes version", () => {
  test("is its own where it has one, and the control plane's for everything else", () => {
    const versions = planMachines(environment).map((plan) => [plan.name, kubernetesVersionOf(environment, plan)]);
    expect(Object.fromEntries(versions)).toMatchObject({
      "master-1": "1.37.2",
      "web-1": "1.36.3",
      "batch-1": "1.37.2",
    });
    expect(poolsBehind(environment.containerPlatform)).toEqual({ web: "1.36.3" });
  });

  test("is the same as nothing where it is the control plane's", () => {
    const same = exampleEnvironment({
      containerPlatform: { workerPools: [{ name: "web", kubernetesVersion: "1.36.3" }] },
    });
    expect(poolsBehind(same.containerPlatform)).toEqual({});
    expect(asSeenBy(same, { pool: "web" })).toBe(same);
  });

  test("changes nothing else of what its machines see", () => {
    const seen = asSeenBy(environment, { pool: "web" });
    expect(seen).toEqual({
      ...environment,
      containerPlatform: { ...environment.containerPlatform, kubernetesVersion: "1.36.3" },
    });
  });
});

describe("a file's pool", () => {
  const said = (platform: string, kubernetesVersion: unknown, kind = "openstack") =>
    problems({
      infrastructure: { kind },
      network: kind === "local" ? {} : { adminCidrs: ["203.0.113.0/24"] },
      containerPlatform: { kubernetesVersion: platform, workerPools: [{ name: "web", kubernetesVersion }] },
    });
  const path = "containerPlatform.workerPools[0].kubernetesVersion";

  test.each([
    ["1.36.3", "1.36.3"],
    ["1.36.3", "1.36.0"],
    ["1.37.2", "1.34.0"],
  ])("beside a control plane of %s may have %s", (platform, version) => {
    expect(said(platform, version)).toEqual([]);
  });

  test.each([
    ["1.36.1", "1.36.3"],
    ["1.35.4", "1.36.0"],
  ])("beside a control plane of %s cannot have the newer %s", (platform, version) => {
    expect(said(platform, version)).toEqual([
      `${path}: must not be newer than the control plane's, ${platform} (containerPlatform.kubernetesVersion) (got "${version}"); ` +
        `use ${platform} or older, or leave it out`,
    ]);
  });

  test("has a version that the installer knows, in full", () => {
    expect(said("1.36.3", "1.30.1")).toEqual([expect.stringContaining(`${path}: must be a supported version`)]);
    expect(said("1.36.3", 1.36)).toEqual([expect.stringContaining(`${path}: must be a full version`)]);
  });

  test("has a version that the infrastructure offers", () => {
    expect(said("1.36.3", "1.35.9", "local")).toEqual([
      expect.stringMatching(`^${path.replace(/[[\]]/g, "\\$&")}: must be 1\\.35\\.4 or`),
    ]);
  });
});

test("three minors behind are all that Kubernetes supports", () => {
  expect(skewProblem("1.40.0", "1.37.9")).toBeUndefined();
  expect(skewProblem("1.40.0", "1.36.9")).toEqual({
    rule: "must be at most 3 minors older than the control plane's, 1.40.0 (containerPlatform.kubernetesVersion)",
    remedy: "use a 1.37 or newer, or leave it out",
  });
});
