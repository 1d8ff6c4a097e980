import "../../stacks/infrastructures.ts";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { roleFacts, roles } from "../../config/roles/index.ts";
import { machineFiles } from "./index.ts";

const environment = parseEnvironment("test", {
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  applicationPlatform: { systemDomain: "cf.example.com" },
});
const machines = planMachines(environment);
const facts = { environment, machines, platformCaPem: "CA", kubernetesCaPin: "sha256:pin" };

const scripts = join(import.meta.dirname, "scripts");
const firstBootPath = "/usr/local/lib/kpaas/first-boot";

describe.each(roles)("first boot of a machine of role %s", (role) => {
  const content = (path: string): string | undefined => {
    const machine = machines.find((one) => one.role === role);
    if (!machine) throw new Error(`no ${role}`);
    const files = machineFiles(machine, facts, { token: "abcdef.0123456789abcdef" });
    return files.find((file) => file.path === path)?.content;
  };

  test("installs the role's packages", () => {
    expect(content("/etc/kpaas/first-boot.env")).toContain(`KPAAS_PACKAGES='${roleFacts[role].packages.join(" ")}`);
  });

  test("looks for the data disk of the role, by its size, and nowhere else for one", () => {
    const { dataPath = "" } = roleFacts[role];
    const sizeGiB = machines.find((one) => one.role === role)?.dataDisk?.sizeGiB ?? "";
    const variables = content("/etc/kpaas/first-boot.env");
    expect(variables).toContain(`KPAAS_DATA_PATH='${dataPath}'\nKPAAS_DATA_GIB='${sizeGiB}'\n`);
  });

  test("runs the role's own script", () => {
    const own = readFileSync(join(scripts, `${role}.sh`), "utf8").replace(/^#!.*\n/, "");
    expect(content(firstBootPath)).toContain(own);
  });
});

test("the distribution's own upgrades are off where the platform's packages are maintained, and only there", () => {
  const [machine] = machines;
  const maintained = { ...facts, environment: { ...environment, maintenance: { reboot: "never" as const } } };
  const off = (given: typeof facts) =>
    machine && machineFiles(machine, given).find(({ path }) => path.startsWith("/etc/apt/"))?.content;
  expect(off(facts)).toBeUndefined();
  expect(off(maintained)).toBe(
    'APT::Periodic::Unattended-Upgrade "0";\nUnattended-Upgrade::Automatic-Reboot "false";\n',
  );
});

test("what keeps data on a disk starts only once that is mounted, or the boot disk would get a second beginning", () => {
  const waits = (role: string) => {
    const machine = machines.find((one) => one.role === role);
    const files = machine ? machineFiles(machine, facts, { token: "abcdef.0123456789abcdef" }) : [];
    return files.filter(({ content }) => content.includes(`RequiresMountsFor=${machine?.dataDisk?.mountPath}`)).length;
  };
  const kept = roles.filter((role) => machines.some((one) => one.role === role && one.dataDisk));
  expect(kept).toEqual(expect.arrayContaining(["master", "registry", "database", "storage"]));
  expect(kept.filter((role) => waits(role) !== 1)).toEqual([]);
});

test("a window and the restarts change no file of a machine: only a run of maintain asks it", () => {
  const filesWith = (maintenance: object) =>
    machines.map((machine) =>
      machineFiles(
        machine,
        { ...facts, environment: { ...environment, maintenance: { reboot: "if-needed", ...maintenance } } },
        { token: "abcdef.0123456789abcdef" },
      ),
    );
  expect(filesWith({ window: "Sun 02:00-05:00", reboot: "never" })).toEqual(filesWith({}));
});

test("no script is left over", () => {
  const others = [
    "ask-for-image",
    "bosh",
    "common",
    "end-pods",
    "name-forwarder",
    "node",
    "package-source",
    "packages",
    "pod-network",
    "renew-certificates",
  ];
  const names = readdirSync(scripts).map((name) => name.replace(/\.(sh|py)$/, ""));
  expect(names.sort()).toEqual([...roles, ...others].sort());
});
