import { spawn } from "node:child_process";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseEnvironment } from "../../config/parse.ts";
import { connectEngine } from "../../local/engine.ts";
import { platformFacts } from "../../policies/facts.ts";
import { cisNotMet, cisScored } from "../../policies/frameworks.ts";
import { type CheckResult, kubeBenchFolder, scoredResults } from "../kube-bench/kube-bench.ts";
import { TestPlatform } from "./platform.ts";

/** What the CIS benchmark finds on running machines, by the program that auditors run. */
const platform = new TestPlatform("e2e-cis");
const settings = { infrastructure: { kind: "local" }, network: { cidr: "10.184.0.0/24" } };
const results: Record<string, CheckResult[]> = {};
let benchmark: string;

/** Scored checks that fail, and why that is accepted. Everything else must pass; what passes again must leave the table. */
const exceptions: Record<string, string> = cisNotMet;

/** Checks that the platform's own roles have. */
const targets = { "master-1": "master,etcd,controlplane,node", "worker-1": "node" };

beforeAll(async () => {
  platform.configure(settings);
  const folder = join(platform.folder, "kube-bench");
  ({ benchmark } = await kubeBenchFolder(folder));
  await chmod(join(folder, "kube-bench"), 0o755);
  await platform.kpaasOk("up");
  for (const [machine, target] of Object.entries(targets)) {
    await copyInto(`${platform.name}-${machine}`, folder);
    const command = `cd /opt/kube-bench && ./kube-bench run --config-dir cfg --benchmark cis --targets ${target} --json`;
    const { stdout, stderr, code } = await platform.machine(machine, command);
    if (code !== 0) throw new Error(`kube-bench on ${machine}: ${stderr}${stdout}`);
    results[machine] = scoredResults(stdout);
  }
});

afterAll(async () => {
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

async function copyInto(container: string, folder: string): Promise<void> {
  const engine = await connectEngine();
  const machine = platform.machine(container.replace(`${platform.name}-`, ""), "mkdir -p /opt/kube-bench");
  expect((await machine).code).toBe(0);
  const tar = spawn("tar", ["-C", folder, "-c", "."], { stdio: ["ignore", "pipe", "inherit"] });
  await engine.getContainer(container).putArchive(tar.stdout, { path: "/opt/kube-bench" });
}

describe.each(Object.keys(targets))("%s", (machine) => {
  test("passes every scored check but the explained exceptions", () => {
    const all = results[machine] ?? [];
    const failed = all.filter(({ status }) => status !== "PASS");
    console.log(`${machine}, ${benchmark}: ${all.length - failed.length} of ${all.length} scored checks pass`);
    const unexplained = failed.filter(({ test_number }) => !(test_number in exceptions));
    expect(
      unexplained.map(({ test_number, test_desc, actual_value }) => ({ test_number, test_desc, actual_value })),
    ).toEqual([]);
  });
});

test("every scored check ran, and no exception is out of date", () => {
  const master = results["master-1"] ?? [];
  const ran = master.map(({ test_number }) => test_number);
  // Older checks, which the module brings itself, are others.
  if (benchmark === "cis-1.12") expect(ran.sort()).toEqual([...cisScored].sort());
  else expect(ran.length).toBeGreaterThan(60);
  expect((results["worker-1"] ?? []).length).toBeGreaterThan(10);
  const failing = master.filter(({ status }) => status !== "PASS").map(({ test_number }) => test_number);
  expect(failing).toEqual(expect.arrayContaining(Object.keys(exceptions)));
});

test("the control plane is started with what the policies take it to be started with", async () => {
  const { configurations } = platformFacts(parseEnvironment(platform.name, settings));
  const flags = configurations.find(({ cluster }) => cluster)?.cluster?.flags;
  expect(await started("kube-apiserver")).toMatchObject(flags?.apiServer ?? {});
  expect(await started("kube-controller-manager")).toMatchObject(flags?.controllerManager ?? {});
  expect(await started("kube-scheduler")).toMatchObject(flags?.scheduler ?? {});
  expect(await started("etcd")).toMatchObject(flags?.etcd ?? {});
});

/** A static pod's arguments, as kubeadm wrote them. */
async function started(program: string): Promise<Record<string, string>> {
  const { stdout } = await platform.machine("master-1", `cat /etc/kubernetes/manifests/${program}.yaml`);
  const command: string[] = parse(stdout).spec.containers[0].command;
  return Object.fromEntries(command.slice(1).map((word) => word.replace(/^--/, "").split(/=(.*)/s).slice(0, 2)));
}
