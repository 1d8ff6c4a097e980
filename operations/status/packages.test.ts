import { expect, test } from "vitest";
import { planOf } from "../../plan/plan.ts";
import { statusText } from "../../report/text/status.ts";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { soundLive } from "../../tests/harness/environments/observed-platform.ts";
import type { StateResource } from "../engine/state.ts";
import type { Facts } from "./observed.ts";
import { type ObservedPackages, packagesOf } from "./packages.ts";

const readAt = "2026-12-16T18:00:00.000Z";
const asOf = "2026-12-06T17:00:00.000Z";
const delivered = (machine: string, packages?: object): StateResource => ({
  urn: `urn:pulumi:test::kpaas::kpaas:index:MachineFiles::${machine}`,
  type: "kpaas:index:MachineFiles",
  inputs: { machineName: machine, ...(packages ? { packages } : {}) },
});

/** Facts of machines of which some ask for a restart. */
const facts = (...restarts: string[]): Facts => ({
  readAt,
  machines: Object.fromEntries(
    restarts.map((name) => [name, { answer: { value: { firstBoot: "done", units: {}, wantsRestart: true } } }]),
  ),
  nodes: { unknown: "not asked" },
  services: [],
  certificates: [],
  drift: { status: "unknown", reason: "not compared" },
});

const plan = planOf(exampleEnvironment());

const text = (packages?: ObservedPackages[]) =>
  statusText({
    environment: "test",
    kubernetes: plan.kubernetes,
    endpoints: {},
    dnsRecords: [],
    ...soundLive(plan),
    ...(packages ? { packages } : {}),
  });

test("the age of security updates is known of every machine once one was asked, the oldest first", () => {
  const packages = packagesOf([delivered("registry", { asOf, reboot: "never" }), delivered("database")], facts());
  expect(packages).toEqual([
    { machine: "database", wantsRestart: false },
    { machine: "registry", asOf, days: 10, wantsRestart: false },
  ]);
  expect(text(packages)).toMatch(
    /^Packages\n {2}database {2}as in its image\n {2}registry {2}security updates 10 days old, as of 2026-12-06$/m,
  );
});

test("a machine that asks for a restart is told, whoever upgraded it, with the command that restarts it", () => {
  const packages = packagesOf([delivered("registry"), delivered("database")], facts("registry"));
  expect(packages).toEqual([{ machine: "registry", wantsRestart: true }]);
  expect(text(packages)).toContain("  registry  asks for a restart: ./kpaas maintain test restarts it in turn");
});

test("nothing is said of packages that nobody was asked to upgrade", () => {
  expect(packagesOf([delivered("registry"), delivered("database")], facts())).toEqual([]);
  expect(text()).not.toContain("Packages");
});
