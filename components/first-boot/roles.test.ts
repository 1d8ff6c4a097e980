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

test("no script is left over", () => {
  const others = ["bosh", "common", "name-forwarder", "node", "pod-network", "renew-certificates"];
  const names = readdirSync(scripts).map((name) => name.replace(/\.(sh|py)$/, ""));
  expect(names.sort()).toEqual([...roles, ...others].sort());
});
