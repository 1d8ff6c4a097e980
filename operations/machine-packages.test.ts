import { describe, expect, test } from "vitest";
import type { StateResource } from "./engine/state.ts";
import { asOfNext, notYetAsOf, packagesIn } from "./machine-packages.ts";

const [first, second] = ["2026-11-29T17:00:00.000Z", "2026-12-06T17:00:00.000Z"];
const now = new Date("2026-12-13T17:00:00.000Z");
const before = "2026-01-01T00:00:00.123456789Z";

/** Makes the resource that delivers a machine's files. */
const delivered = (machine: string, asOf?: string, created = before): StateResource => ({
  urn: `urn:pulumi:test::kpaas::kpaas:index:MachineFiles::${machine}`,
  type: "kpaas:index:MachineFiles",
  created,
  inputs: { machineName: machine, ...(asOf ? { packages: { asOf, reboot: "never" } } : {}) },
});

const packages = (...resources: StateResource[]) => packagesIn(resources);

test("packages are known of each machine once: by its files, or by a worker's node, which has them", () => {
  const node = (machine: string, inputs: object, more: object = {}): StateResource => ({
    urn: `urn:pulumi:test::kpaas::kpaas:index:Node::${machine}-node`,
    type: "kpaas:index:Node",
    created: before,
    inputs: { nodeName: `test-${machine}`, ...inputs },
    ...more,
  });
  expect(
    packages(
      delivered("master-1", first),
      node("master-1", { revision: "sha256:1" }),
      node("web-1", { files: "sha256:2", packages: { asOf: second, reboot: "never" } }),
      node("web-2", { files: "sha256:2" }),
      node("web-3", { files: "sha256:2" }, { initErrors: ["it did not join"] }),
    ),
  ).toEqual([
    { machine: "master-1", asOf: first, created: before },
    { machine: "web-1", asOf: second, created: before },
    { machine: "web-2", created: before },
  ]);
});

describe("a run asks for", () => {
  test("the present, where none has asked before, or all have what was asked", () => {
    expect(asOfNext([], now)).toBe(now.toISOString());
    expect(asOfNext(packages(delivered("a"), delivered("b")), now)).toBe(now.toISOString());
    expect(asOfNext(packages(delivered("a", second), delivered("b", second)), now)).toBe(now.toISOString());
  });

  test("what the last run asked for, as long as one has not had its turn", () => {
    const stopped = packages(delivered("a", second), delivered("b", first), delivered("c"));
    expect(asOfNext(stopped, now)).toBe(second);
    expect(notYetAsOf(stopped, second)).toEqual(["b", "c"]);
  });

  test("the present, where only a machine is without that was made since", () => {
    const grown = packages(delivered("a", second), delivered("b", undefined, "2026-12-07T00:00:00Z"));
    expect(notYetAsOf(grown, second)).toEqual([]);
    expect(asOfNext(grown, now)).toBe(now.toISOString());
  });
});
