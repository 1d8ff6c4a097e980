import { expect, test } from "vitest";
import { planOf } from "../../plan/plan.ts";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { missing, readAt, soundFacts, soundLive } from "../../tests/harness/environments/observed-platform.ts";
import { statusText } from "./status.ts";

const plan = planOf(exampleEnvironment());
const text = (but: Parameters<typeof soundLive>[1] = {}) =>
  statusText({
    environment: "test",
    kubernetes: plan.kubernetes,
    endpoints: {},
    dnsRecords: [],
    ...soundLive(plan, but),
  });

test("a sound platform has no complaint", () => {
  expect(text()).not.toContain("Not as it should be");
  expect(text()).toMatch(/^worker-1 .* running {2,}done {8}Ready {2}✓ ready$/m);
  expect(text()).toContain("none: every resource is as it was made");
});

test("pools that wait behind the control plane are shown with the way on, and nothing where none does", () => {
  const kubernetes = { version: "1.37.2", poolsBehind: { web: "1.36.3" }, podNetwork: "flannel" };
  const found = statusText({ environment: "test", kubernetes, endpoints: {}, dnsRecords: [], ...soundLive(plan) });
  expect(found).toMatch(
    /^Kubernetes\n {2}control plane {2}1\.37\.2\n {2}pool web +1\.36\.3: waits\n {2}next +\.\/kpaas upgrade test --to 1\.37\.2$/m,
  );
  expect(text()).not.toContain("control plane");
});

test("what is missing is said with its reason", () => {
  expect(text({ drift: missing("worker-1") })).toMatch(
    /^ {2}worker-1 {2}missing: it was made, but does not exist any more/m,
  );
  expect(text({ drift: missing("worker-1") })).toContain("platform-worker-1 is missing");
});

test("a drift that was not looked for is unknown, and says what would", () => {
  expect(text({ drift: { status: "unknown", reason: "not compared: --drift does" } })).toContain(
    "unknown: not compared: --drift does",
  );
});

test("of certificates on machines only those that want attention are listed", () => {
  expect(text()).toContain("1 on machines  the first, apiserver on master-1 2027-11-21T12:00:00Z, 365 days");
  const soon = { name: "kubelet", machine: "worker-1", notAfter: { value: readAt } };
  expect(text({ certificates: [...soundFacts(plan).certificates, soon] })).toMatch(
    /kubelet on worker-1 +2026-11-21T12:00:00.000Z, 0 days: ends soon/,
  );
});

test("the record that the application platform's users need is shown for whoever has the name server", () => {
  const record = { name: "*.cf.example.com", type: "A", value: "203.0.113.7" } as const;
  const found = statusText({
    environment: "test",
    kubernetes: plan.kubernetes,
    endpoints: {},
    dnsRecords: [record],
    ...soundLive(plan),
  });
  expect(found).toMatch(/^DNS records that users need\n {2}\*\.cf\.example\.com {2}A {2}203\.0\.113\.7$/m);
});

test("of the application platform's VMs those that do not run are listed, of its tasks all", () => {
  const vm = (instance: string, state: string) => ({ instance, az: "z1", state, ips: "10.182.0.17" });
  const found = statusText({
    environment: "test",
    kubernetes: plan.kubernetes,
    endpoints: {},
    dnsRecords: [],
    ...soundLive(plan),
    applicationPlatform: {
      service: "at work",
      director: "answers",
      vms: [vm("router/0", "running"), vm("router/1", "running"), vm("api/0", "failing")],
      tasks: [{ id: "7", state: "processing", startedAt: "today", description: "create deployment", result: "" }],
    },
  });
  expect(found).toMatch(/^ {2}VMs +1 failing, 2 running$/m);
  expect(found).toMatch(/^ {2}api\/0 +failing, z1$/m);
  expect(found).not.toContain("router/0");
  expect(found).toMatch(/^ {2}task 7 +processing: create deployment, today$/m);
  expect(text()).not.toContain("Application platform");
});

test("certificates that are unknown for one reason are one line", () => {
  const unread = ["apiserver", "kubelet"].map((name) => ({
    name,
    machine: "master-1",
    notAfter: { unknown: "master-1 does not answer" },
  }));
  expect(text({ certificates: unread })).toMatch(/^ {2}2 on master-1 {2}unknown: master-1 does not answer$/m);
});
