import "../../stacks/infrastructures.ts";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { images } from "../../config/images.ts";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { portRules } from "../../config/ports.ts";
import { roleFacts, roles } from "../../config/roles/index.ts";
import { machineFiles, type PlatformFacts } from "./index.ts";

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
  // The registry's two instances have one store.
  expect(kept.filter((role) => waits(role) !== (role === "registry" ? 2 : 1))).toEqual([]);
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

const filesOf = (name: string, given: PlatformFacts): Map<string, string> => {
  const machine = machines.find((one) => one.name === name);
  if (!machine) throw new Error(`no ${name}`);
  return new Map(
    machineFiles(machine, given, { token: "abcdef.0123456789abcdef" }).map(({ path, content }) => [path, content]),
  );
};

test("where other machines reach the registry nothing is written; what writes is reached by its own machine alone", () => {
  const files = filesOf("registry", facts);
  const [reading, writing] = ["registry", "registry-push"].map((name) =>
    parse(files.get(`/etc/kpaas/${name}.yaml`) ?? ""),
  );
  expect(reading.http.addr).toBe(":5000");
  expect(reading.storage.maintenance).toEqual({ readonly: { enabled: true }, uploadpurging: { enabled: false } });
  expect(writing.http.addr).toBe("127.0.0.1:5001");
  expect(writing.storage.maintenance).toBeUndefined();
  for (const { storage, http } of [reading, writing]) {
    expect(storage).toMatchObject({
      delete: { enabled: false },
      filesystem: { rootdirectory: "/var/lib/docker-registry/data" },
    });
    // Of two processes over one store neither may remember what the other changes.
    expect(storage.cache).toBeUndefined();
    expect(http.tls.minimumtls).toBe("tls1.2");
  }
  expect(reading.auth.htpasswd.path).not.toBe(writing.auth.htpasswd.path);
  expect(files.get("/etc/kpaas/registry-rights")).toBe("kpaas-admin pull push\nkpaas-node pull\n");
  expect(portRules(environment).filter(({ fromPort = 0, toPort = 0 }) => fromPort <= 5001 && toPort >= 5001)).toEqual(
    [],
  );
});

test("nodes and the cluster's parts take images by the digests that are known, and by their tags where none is", () => {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
  const imageDigests = { [images.pause]: digest("a"), [images.flannel]: digest("b") };
  const digestsPath = "/etc/kpaas/image-digests";
  for (const name of ["master-1", "worker-1"]) {
    const [without, known] = [filesOf(name, facts), filesOf(name, { ...facts, imageDigests })];
    expect(without.has(digestsPath)).toBe(false);
    expect(filesOf(name, { ...facts, imageDigests: {} })).toEqual(without);
    expect(known.get(digestsPath)).toBe(`${images.flannel} ${digest("b")}\n${images.pause} ${digest("a")}\n`);
    const sandbox = (files: typeof known) =>
      /sandbox_image = "(.*)"/.exec(files.get("/etc/kpaas/containerd.toml") ?? "");
    expect(sandbox(without)?.[1]).toBe(images.pause);
    expect(sandbox(known)?.[1]).toBe(`${images.pause}@${digest("a")}`);
  }
  const manifest = (given: PlatformFacts, part: string) =>
    filesOf("master-1", given).get(`/etc/kpaas/addons/${part}.yaml`);
  expect(manifest(facts, "flannel")).toContain(`image: ${images.flannel}\n`);
  expect(manifest({ ...facts, imageDigests }, "flannel")).toContain(`image: ${images.flannel}@${digest("b")}\n`);
  expect(manifest({ ...facts, imageDigests }, "storage")).toBe(manifest(facts, "storage"));
  const provisioner = { ...facts, imageDigests: { [images.nfsProvisioner]: digest("c") } };
  expect(manifest(provisioner, "storage")).toContain(`image: ${images.nfsProvisioner}@${digest("c")}\n`);
  const ofShared = { [images.localPathProvisioner]: digest("d"), [images.busybox]: digest("e") };
  const shared = manifest({ ...facts, sharedVolumePath: "/srv/shared", imageDigests: ofShared }, "storage");
  for (const [name, known] of Object.entries(ofShared)) expect(shared).toContain(`image: ${name}@${known}\n`);
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
