import { spawn } from "node:child_process";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseEnvironment } from "../../config/parse.ts";
import { connectContainerEngine } from "../../local/container-engine.ts";
import { platformFacts } from "../../policies/facts.ts";
import { cisNotMet, cisScored } from "../../policies/frameworks.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import { type CheckResult, kubeBenchFolder, scoredResults } from "../kube-bench/kube-bench.ts";

/** Scored checks that fail, and why that is accepted. Everything else must pass; what passes again must leave the table. */
const exceptions: Record<string, string> = cisNotMet;

/** Checks that the platform's own roles have. */
const targets = { "master-1": "master,etcd,controlplane,node", "worker-1": "node" };

/** Tests the machines of a platform that is up, with its `settings`, against the CIS benchmark, by the program that auditors run. */
export function cisBenchmark(platform: TestPlatform, settings: Record<string, unknown>): void {
  describe("the CIS benchmark", () => {
    const results: Record<string, CheckResult[]> = {};
    let benchmark: string;

    beforeAll(async () => {
      const folder = join(platform.folder, "kube-bench");
      ({ benchmark } = await kubeBenchFolder(folder));
      await chmod(join(folder, "kube-bench"), 0o755);
      for (const [machine, target] of Object.entries(targets)) {
        await copyInto(platform, machine, folder);
        const command = `cd /opt/kube-bench && ./kube-bench run --config-dir cfg --benchmark cis --targets ${target} --json`;
        const { stdout, stderr, code } = await platform.machine(machine, command);
        if (code !== 0) throw new Error(`kube-bench on ${machine}: ${stderr}${stdout}`);
        results[machine] = scoredResults(stdout);
      }
    });

    test.each(Object.keys(targets))("passes every scored check but the explained exceptions on %s", (machine) => {
      const all = results[machine] ?? [];
      const failed = all.filter(({ status }) => status !== "PASS");
      console.log(`${machine}, ${benchmark}: ${all.length - failed.length} of ${all.length} scored checks pass`);
      const unexplained = failed.filter(({ test_number }) => !(test_number in exceptions));
      expect(
        unexplained.map(({ test_number, test_desc, actual_value }) => ({ test_number, test_desc, actual_value })),
      ).toEqual([]);
    });

    test("has run every scored check, and no exception is out of date", () => {
      const master = results["master-1"] ?? [];
      const ran = master.map(({ test_number }) => test_number);
      // Older checks, which the module brings itself, are others.
      if (benchmark === "cis-1.12") expect(ran.sort()).toEqual([...cisScored].sort());
      else expect(ran.length).toBeGreaterThan(60);
      expect((results["worker-1"] ?? []).length).toBeGreaterThan(10);
      const failing = master.filter(({ status }) => status !== "PASS").map(({ test_number }) => test_number);
      expect(failing).toEqual(expect.arrayContaining(Object.keys(exceptions)));
    });

    test("sees a control plane that is started with what the policies take it to be started with", async () => {
      const { configurations } = platformFacts(parseEnvironment(platform.name, settings));
      const flags = configurations.find(({ cluster }) => cluster)?.cluster?.flags;
      expect(await started(platform, "kube-apiserver")).toMatchObject(flags?.apiServer ?? {});
      expect(await started(platform, "kube-controller-manager")).toMatchObject(flags?.controllerManager ?? {});
      expect(await started(platform, "kube-scheduler")).toMatchObject(flags?.scheduler ?? {});
      expect(await started(platform, "etcd")).toMatchObject(flags?.etcd ?? {});
    });
  });
}

async function copyInto(platform: TestPlatform, machine: string, folder: string): Promise<void> {
  const engine = await connectContainerEngine();
  expect((await platform.machine(machine, "mkdir -p /opt/kube-bench")).code).toBe(0);
  const tar = spawn("tar", ["-C", folder, "-c", "."], { stdio: ["ignore", "pipe", "inherit"] });
  await engine.getContainer(`${platform.name}-${machine}`).putArchive(tar.stdout, { path: "/opt/kube-bench" });
}

/** Gives a static pod's arguments, as kubeadm wrote them. */
async function started(platform: TestPlatform, program: string): Promise<Record<string, string>> {
  const { stdout } = await platform.machine("master-1", `cat /etc/kubernetes/manifests/${program}.yaml`);
  const command: string[] = parse(stdout).spec.containers[0].command;
  return Object.fromEntries(command.slice(1).map((word) => word.replace(/^--/, "").split(/=(.*)/s).slice(0, 2)));
}
