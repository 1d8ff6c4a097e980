import { afterAll, expect, test } from "vitest";
import { TestPlatform } from "../harness/platform/test-platform.ts";

/** The pack under the real engine, started as every preview starts it. No machine is made. */
const platform = new TestPlatform("policy-test");
afterAll(() => platform.removeFolder());

const settings = (policies: object) => ({
  purpose: "operation",
  infrastructure: { kind: "local" },
  network: { cidr: "10.188.0.0/24" },
  containerPlatform: {
    masters: { count: 1 },
    workerPools: [{ name: "worker", count: 2 }],
  },
  policies,
});

test("a mandatory rule that is broken stops a preview, told with where and how to mend it", async () => {
  platform.configure(settings({}));
  const { code, stderr } = await platform.kpaas("preview");
  expect(code).toBe(1);
  expect(stderr).toContain("policy control-plane-survives-a-machine");
  expect(stderr).toContain("containerPlatform.masters.count: 1 masters");
  expect(stderr).toContain("Set containerPlatform.masters.count to 3, 5 or 7.");
});

test("a rule that the environment relaxes warns, and the reason is told", async () => {
  const reason = "one rack, board of 2026-11-02";
  const relaxed = {
    "control-plane-survives-a-machine": { level: "advisory", reason, by: "the operators", date: "2026-11-02" },
  };
  platform.configure(settings({ rules: relaxed }));
  const { code, stderr, stdout } = await platform.kpaas("preview");
  expect([code, `${stderr}${stdout}`]).toEqual([0, expect.stringContaining("1 masters")]);
  expect(stderr).toContain(`control-plane-survives-a-machine is advisory, not mandatory: ${reason}`);
});

test("a rule that does not exist is refused by name", async () => {
  platform.configure(settings({ rules: { "no-such-rule": { level: "mandatory" } } }));
  const { code, stderr } = await platform.kpaas("preview");
  expect(code).toBe(1);
  expect(stderr).toContain("policies that do not exist: no-such-rule");
});
