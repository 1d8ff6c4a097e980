import { afterEach, describe, expect, test, vi } from "vitest";
import { type AskedPackages, changesPackages, packagesOf, packagesVariable, withPackages } from "./packages.ts";
import { KpaasProvider } from "./provider.ts";

const earlier = { asOf: "2026-11-29T17:00:00.000Z", reboot: "never" } as const;
const asked: AskedPackages = {
  asOf: "2026-12-06T17:00:00.000Z",
  reboot: "if-needed",
  until: "2026-12-06T20:00:00.000Z",
};
const { until: _, ...taken } = asked;
const ask = (packages: AskedPackages) => vi.stubEnv(packagesVariable, JSON.stringify(packages));
const at = (text: string) => new Date(text);
const inWindow = at("2026-12-06T18:00:00Z");
const machine = { machineId: "1" };
const there = { machineId: "1", packages: earlier };

afterEach(() => vi.unstubAllEnvs());

describe("a machine's packages", () => {
  test("stay as the state has them, whatever the run does else", () => {
    expect(packagesOf(there, machine, inWindow)).toEqual(earlier);
    expect(packagesOf(machine, machine, inWindow)).toBeUndefined();
  });

  test("are those that the run asks for, of a machine that was never asked, too", () => {
    ask(asked);
    expect(packagesOf(there, machine, inWindow)).toEqual(taken);
    expect(packagesOf(machine, machine, inWindow)).toEqual(taken);
  });

  test("stay once the window has ended, and while it is open they do not", () => {
    ask(asked);
    expect(packagesOf(there, machine, at("2026-12-06T19:59:59Z"))).toEqual(taken);
    expect(packagesOf(there, machine, at("2026-12-06T20:00:00Z"))).toEqual(earlier);
    expect(packagesOf(machine, machine, at("2026-12-06T20:00:00Z"))).toBeUndefined();
    ask(taken);
    expect(packagesOf(there, machine, at("2027-01-01T00:00:00Z"))).toEqual(taken);
  });

  test("are those of its image where it is made, or made anew", () => {
    ask(asked);
    expect(packagesOf(undefined, machine, inWindow)).toBeUndefined();
    expect(packagesOf(there, { machineId: "2" }, inWindow)).toBeUndefined();
  });

  test("never go back, and the same time is no other question", () => {
    ask({ ...asked, asOf: "2026-11-28T17:00:00.000Z" });
    expect(packagesOf(there, machine, inWindow)).toEqual(earlier);
    ask({ ...asked, asOf: earlier.asOf });
    expect(packagesOf(there, machine, inWindow)).toEqual(earlier);
  });
});

test("a machine is asked by one more file, and by none where it is not asked", () => {
  const files = [{ path: "/etc/kpaas/hosts", content: "one\n" }];
  expect(withPackages(files, undefined)).toBe(files);
  expect(withPackages(files, taken)).toEqual([
    ...files,
    {
      path: "/etc/kpaas/packages.env",
      content: "KPAAS_PACKAGES_AS_OF=2026-12-06T17:00:00.000Z\nKPAAS_REBOOT=if-needed\n",
    },
  ]);
});

test("a change of packages is another time, nothing else", () => {
  expect(changesPackages({ packages: earlier }, { packages: taken })).toBe(true);
  expect(changesPackages({}, { packages: taken })).toBe(true);
  expect(changesPackages({ packages: earlier }, { packages: { ...earlier, reboot: "if-needed" } })).toBe(false);
  expect(changesPackages({}, {})).toBe(false);
});

describe("the provider", () => {
  const provider = new KpaasProvider({ report: () => {}, warn: () => {} });
  const urn = "urn:pulumi:test::project::kpaas:index:MachineFiles::files";
  const connection = { kind: "container", container: "test-worker-1" };
  const files = { ...machine, machineName: "worker-1", connection, files: [] };
  const checked = async (olds: object, news: object) =>
    (await provider.check(urn, olds as Record<string, unknown>, news as Record<string, unknown>)).inputs;

  test("puts them into what the program says, and takes out what it may not say", async () => {
    expect(await checked(files, files)).toEqual(files);
    expect(await checked({ ...files, packages: earlier }, files)).toEqual({ ...files, packages: earlier });
    expect(await checked({}, { ...files, packages: earlier })).toEqual(files);
    vi.stubEnv(packagesVariable, JSON.stringify(taken));
    expect(await checked(files, files)).toEqual({ ...files, packages: taken });
  });

  test("tells them as an update in place, and as none where they stay", async () => {
    const diff = (state: object, inputs: object) =>
      provider.diff("id", urn, state as Record<string, unknown>, inputs as Record<string, unknown>);
    const state = { ...files, files: "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945" };
    expect(await diff(state, files)).toMatchObject({ changes: false });
    expect(await diff(state, { ...files, packages: taken })).toMatchObject({ changes: true, replaces: [] });
    expect(await diff({ ...state, packages: taken }, { ...files, packages: taken })).toMatchObject({ changes: false });
  });
});
