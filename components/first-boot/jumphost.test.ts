import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { boshInputs } from "../../bosh/index.ts";
import type { Environment } from "../../config/environment.ts";
import { planMachines } from "../../config/machines.ts";
import { environmentOn, valuesFor } from "../../tests/harness/environments/bosh-environments.ts";
import { machineFiles, userData } from "./index.ts";
import { jumphostSecretFiles } from "./jumphost-files.ts";

const environment = environmentOn("openstack", {
  gateway: "haproxy",
  mirrorBaseUrl: "https://mirror.example.com/bosh",
});
const inputs = boshInputs(environment, valuesFor(environment));
const files = jumphostSecretFiles(inputs);

describe("what a jump host is without its secrets", () => {
  const machines = planMachines(environment);
  const machine = machines.find(({ role }) => role === "jumphost");
  if (!machine) throw new Error("no jump host");
  const given = machineFiles(machine, { environment, machines, platformCaPem: "pem", kubernetesCaPin: "sha256:0" });
  const text = [userData(machine), ...given.map(({ path, content }) => `${path}\n${content}`)].join("\n");

  test("has nothing of what BOSH is told: no address of the cloud, no name of a user, no secret", () => {
    expect(text).not.toMatch(/secret-|fact-|create-env.*-o/);
  });

  test("runs bosh as a service that is started once the rest is there, and again after a failure", () => {
    expect(text).toContain("/etc/systemd/system/kpaas-bosh.service");
    expect(text).toContain("kpaas-bosh retry");
    expect(text).toMatch(/Restart=on-failure/);
  });
});

test("an application platform changes nothing of any other machine", () => {
  const { applicationPlatform: _, ...without } = environment;
  const machinesOf = (one: Environment) => {
    const machines = planMachines(one);
    const facts = { environment: one, machines, platformCaPem: "pem", kubernetesCaPin: "sha256:0" };
    return machines
      .filter(({ role }) => role !== "jumphost")
      .map((machine) => [userData(machine), machineFiles(machine, facts, { token: "abcdef.0123456789abcdef" })]);
  };
  expect(machinesOf(environment)).toEqual(machinesOf(without));
});

describe("files", () => {
  test("each has a place that a delivery takes", () => {
    for (const path of Object.keys(files)) expect(path).toMatch(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/);
  });

  test("the command and upstream's manifests come from the mirror, where there is one", () => {
    expect(files["bosh/cli"]).toMatch(
      /^https:\/\/mirror\.example\.com\/bosh\/bosh-cli-[\d.]+-linux-amd64 [0-9a-f]{64}\n$/,
    );
    expect(files["bosh/upstream"]).toBe(
      "cf-deployment https://mirror.example.com/bosh/cf-deployment-v58.0.0.tar.gz\n" +
        "bosh-deployment https://mirror.example.com/bosh/bosh-deployment-c3b2109f.tar.gz\n",
    );
  });

  test("every file of upstream that a command names has its digest there", () => {
    const digests = (files["bosh/upstream.sha256"] ?? "").split("\n").map((line) => line.split("  ")[1]);
    expect(digests).toEqual(expect.arrayContaining(["bosh-deployment/bosh.yml", "cf-deployment/cf-deployment.yml"]));
    expect(files["bosh/upstream.sha256"]).toMatch(/^([0-9a-f]{64} {2}\S+\n)+$/);
  });

  test("commands hold no secret", () => {
    for (const path of ["bosh/deploy", "bosh/delete", "bosh/cli", "bosh/upstream", "bosh/director.env"])
      expect(files[path]).not.toContain("secret-");
  });
});

/** The script itself, with a `bosh` that notes how it is called, and fails where it is told to. */
describe("kpaas-bosh", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kpaas-bosh-"));
    mkdirSync(join(folder, "work", "director"), { recursive: true });
    mkdirSync(join(folder, "bin"));
    for (const [path, content] of Object.entries(files)) write(join("given", path.replace(/^bosh\//, "")), content);
    program(
      "bosh",
      `case "$*" in
  interpolate*) echo "value-of-$4"; exit 0 ;;
  *create-env*) echo '{}' >director/state.json ;;
  *delete-env*) rm director/state.json ;;
esac
echo "\${BOSH_ENVIRONMENT:-no-director} \${BOSH_CLIENT_SECRET:-} $2 $3" >>"$LOG"
if [[ $* == *"\${FAIL:-nothing}"* ]]; then exit 7; fi`,
    );
    program("systemctl", "true");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function write(path: string, content: string) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  function program(name: string, script: string) {
    write(join("bin", name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(folder, "bin", name), 0o755);
  }

  function run(verb: string, env: Record<string, string> = {}, ...words: string[]) {
    rmSync(join(folder, "log"), { force: true });
    const { status, stdout, stderr } = spawnSync(
      "bash",
      [join(import.meta.dirname, "scripts", "bosh.sh"), verb, ...words],
      {
        encoding: "utf8",
        env: {
          PATH: `${join(folder, "bin")}:${process.env.PATH}`,
          KPAAS_BOSH_WORK: join(folder, "work"),
          KPAAS_BOSH_GIVEN: join(folder, "given"),
          LOG: join(folder, "log"),
          ...env,
        },
      },
    );
    const log = existsSync(join(folder, "log")) ? readFileSync(join(folder, "log"), "utf8").trim().split("\n") : [];
    return { status, stdout, stderr, log, steps: log.map((line) => line.split(" ").slice(2).join(" ")) };
  }

  test("deploys in order, the director first; logged in to it from then on", () => {
    const { status, steps, log } = run("deploy");
    expect(status).toBe(0);
    expect(steps).toEqual([
      "create-env bosh-deployment/bosh.yml",
      "update-cloud-config cloud-config/cloud-config.yml",
      "update-runtime-config bosh-deployment/runtime-configs/dns.yml",
      expect.stringMatching(/^upload-stemcell https:\/\/mirror\.example\.com/),
      "--deployment=cf deploy",
      "--deployment=cf run-errand",
    ]);
    expect(log[0]).toMatch(/^no-director {2}create-env/);
    for (const line of log.slice(1)) expect(line).toMatch(/^10\.182\.0\.6 value-of-\/admin_password /);
  });

  test("does nothing twice, and everything again after a change", () => {
    run("deploy");
    expect(run("deploy").log).toEqual([]);
    write("given/files/cf/vars.yml", "changed: true\n");
    expect(run("deploy").steps).toHaveLength(6);
  });

  test("ends at what fails, with the exact command; the next run goes on", () => {
    const failed = run("deploy", { FAIL: "upload-stemcell" });
    expect(failed.status).toBe(7);
    expect(failed.steps).toHaveLength(4);
    expect(failed.stderr).toMatch(
      /upload-stemcell failed with exit code 7.*kpaas-bosh run --non-interactive upload-stemcell https/,
    );
    expect(run("deploy").status).toBe(0);
  });

  test("deletes the deployment before the director, and nothing where none was made", () => {
    expect(run("delete")).toMatchObject({
      status: 0,
      log: [],
      stdout: expect.stringContaining("no director was made"),
    });
    run("deploy");
    expect(run("delete").steps).toEqual([
      "--deployment=cf delete-deployment",
      "clean-up --all",
      "delete-env bosh-deployment/bosh.yml",
    ]);
    expect(run("delete").log).toEqual([]);
  });

  test("runs what an operator asks for, logged in, with the way into VMs by the director", () => {
    run("deploy");
    mkdirSync(join(folder, "work", "home"));
    program(
      "bosh",
      `case "$1" in interpolate) echo "value-of-$4" ;; *) echo "$* $BOSH_CLIENT $BOSH_GW_USER@$BOSH_GW_HOST" ;; esac`,
    );
    expect(run("run", {}, "ssh", "router/0").stdout).toBe("ssh router/0 admin jumpbox@10.182.0.6\n");
    expect(readFileSync(join(folder, "work", "home", "jumpbox.key"), "utf8")).toBe(
      "value-of-/jumpbox_ssh/private_key\n",
    );
    expect(statSync(join(folder, "work", "home", "jumpbox.key")).mode & 0o077).toBe(0);
  });

  test.each([
    { state: "dead", action: "start" },
    { state: "start", action: "start" },
    { state: "auto-restart", action: "restart" },
  ])(
    "retry has a service whose state is $state $action, so that no bosh that runs is cut short",
    ({ state, action }) => {
      program("systemctl", `[ "$1" = show ] && echo ${state} || echo "$*" >>"$LOG"`);
      expect(run("retry").log).toEqual(["reset-failed kpaas-bosh.service", `${action} --no-block kpaas-bosh.service`]);
    },
  );

  test("a director that never came up is deleted without being asked anything", () => {
    run("deploy", { FAIL: "create-env" });
    expect(run("delete").steps).toEqual(["delete-env bosh-deployment/bosh.yml"]);
  });

  test("deletion that fails is no end of it: the director stays", () => {
    run("deploy");
    expect(run("delete", { FAIL: "delete-deployment" })).toMatchObject({ status: 7, steps: { length: 1 } });
    expect(run("delete").steps).toHaveLength(3);
  });
});
