import "../stacks/infrastructures.ts";
import { expect, test } from "vitest";
import { planMachines } from "./machines.ts";
import { parseEnvironment } from "./parse.ts";
import { roles } from "./roles/index.ts";
import { changeStages } from "./rollout-order.ts";

const environment = parseEnvironment("test", {
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"], cidr: "10.180.0.0/20" },
  containerPlatform: {
    masters: { count: 3 },
    haproxy: { count: 2 },
    workerPools: [
      { name: "web", count: 40 },
      { name: "batch", count: 3, rollout: { maxUnavailable: 2 } },
      { name: "gpu", count: 1, rollout: { maxUnavailable: "100%" } },
    ],
  },
  applicationPlatform: { systemDomain: "cf.example.com" },
});
const machines = planMachines(environment);
const stages = changeStages(environment, machines);

test("the way in changes first, then what nodes need, the masters, and only then pool by pool", () => {
  expect(stages.map(({ name, atOnce }) => [name, atOnce])).toEqual([
    ["bastion", 1],
    ["haproxy", 1],
    ["registry", 1],
    ["database", 1],
    ["storage", 1],
    ["jumphost", 1],
    ["master", 1],
    ["web", 4],
    ["batch", 2],
    ["gpu", 1],
  ]);
});

test("each machine changes in one stage: every role has its place in the order", () => {
  expect(new Set(machines.map(({ role }) => role))).toEqual(new Set(roles));
  expect(stages.flatMap((stage) => stage.machines).sort()).toEqual(machines.map(({ name }) => name).sort());
  expect(stages.find(({ name }) => name === "master")?.machines).toEqual(["master-1", "master-2", "master-3"]);
});

test("there is no stage for what is not there", () => {
  const withoutWorkers = changeStages(
    environment,
    machines.filter(({ role }) => role !== "worker" && role !== "jumphost"),
  );
  expect(withoutWorkers.map(({ name }) => name)).toEqual([
    "bastion",
    "haproxy",
    "registry",
    "database",
    "storage",
    "master",
  ]);
});
