import "../../stacks/infrastructures.ts";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import {
  type BootFile,
  machineFiles,
  packageFolder,
  registrySecretFiles,
  secretFiles,
} from "../../components/first-boot/index.ts";
import type { Environment } from "../../config/environment.ts";
import { type MachinePlan, planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { packagePort } from "../../config/ports.ts";
import { versions } from "../../config/versions.ts";
import { run } from "../../lib/run.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { environmentLabel } from "../../local/labels.ts";
import { createMachine, type MachineSpec, removeMachine } from "../../local/machine.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";
import { probe } from "../../operations/status/machine-probe.ts";
import { packagesInUse } from "../../provider/package-bundle.ts";
import type { Packages } from "../../provider/packages.ts";
import { handler as firstBoot } from "../../provider/resources/first-boot.ts";
import { handler as deliveredFiles } from "../../provider/resources/machine-files.ts";
import { handler as packageRepository } from "../../provider/resources/package-repository.ts";
import { issue, selfSignedAuthority } from "../../provider/x509.ts";
import { addAptRepository } from "../../toolchain/air-gap/apt-repository.ts";
import { publicKeyBlock } from "../../toolchain/air-gap/openpgp.ts";
import { BundleWriter } from "../../toolchain/air-gap/writer.ts";
import { debianSuite } from "../../toolchain/debian-packages.ts";
import { testSigningKey, writePackageBundle } from "../harness/air-gap/package-bundle.ts";

const name = `packages-${process.pid}`;
const registry = `${name}-registry`;
const report = (message: string) => console.log(message);
const context = { name: "test", environment: name, signal: new AbortController().signal, report, warn: report };

let engine: Docker;
let machine: MachineSpec;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-packages-"));
  await ensureContainerEngine(report);
  engine = await connectContainerEngine();
  const networkId = await createNetwork({
    networkName: `kpaas-${name}`,
    environment: name,
    cidr: "10.253.81.0/24",
    gateway: "10.253.81.1",
    dynamicCidr: "10.253.81.128/25",
  });
  machine = {
    hostname: `${name}-bastion`,
    environment: name,
    role: "bastion",
    machineName: "bastion",
    image: await ensureMachineImage("machine", versions.kubernetes, report),
    networkId,
    userData: "#cloud-config\n{}\n",
    firewall: "flush ruleset\n",
    volumes: {},
    publicPorts: [],
    kubernetesVersion: versions.kubernetes,
  };
  await createMachine(machine);
}, 1_200_000);

afterEach(() => vi.unstubAllEnvs());

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await removeMachine(registry);
  await removeMachine(machine.hostname);
  await removeNetwork(machine.networkId);
  const filters = { label: [`${environmentLabel}=${name}`] };
  expect(await engine.listContainers({ all: true, filters })).toEqual([]);
});

async function inMachine(command: string, hostname = machine.hostname): Promise<string> {
  const { exitCode, stdout, stderr } = await containerExec(engine, hostname, ["bash", "-euc", command]);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr || stdout}`);
  return stdout.trim();
}

/** Functions of a Debian repository of one's own: `package ARCHIVE NAME VERSION` and `index ARCHIVE SUITE LABEL`. */
const repository = `
package() {
  local built=/srv/build/$2-$3
  mkdir -p "$built/DEBIAN" "$built/etc" "/srv/apt/$1"
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: test <test@example.com>\\nDescription: test\\n' "$2" "$3" >"$built/DEBIAN/control"
  echo "/etc/$2.conf" >"$built/DEBIAN/conffiles"
  echo "as of $3" >"$built/etc/$2.conf"
  if [[ $# -ge 4 ]]; then printf '#!/bin/sh -e\\n%s\\n' "$4" >"$built/DEBIAN/postinst"; chmod 0755 "$built/DEBIAN/postinst"; fi
  dpkg-deb --root-owner-group -b "$built" "/srv/apt/$1" >/dev/null
}
index() {
  local file
  cd "/srv/apt/$1"
  for file in *.deb; do
    dpkg-deb -f "$file"
    printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$file" "$(stat -c %s "$file")" "$(sha256sum "$file" | cut -d ' ' -f 1)"
  done >Packages
  printf 'Origin: Debian\\nLabel: %s\\nSuite: %s\\nDate: %s\\nSHA256:\\n %s %s Packages\\n' "$3" "$2" "$(LC_ALL=C date -Ru)" \\
    "$(sha256sum Packages | cut -d ' ' -f 1)" "$(stat -c %s Packages)" >Release
}
publish() {
  index main stable Debian
  index security stable-security Debian-Security
}
`;

const environment = parseEnvironment(name, {
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  maintenance: {},
});

/** Gives what the program would give of the machine's files. */
function inputs(packages?: Packages) {
  const machines = planMachines(environment);
  const plan = machines.find(({ role }) => role === "bastion");
  if (!plan) throw new Error("no bastion");
  const facts = { environment, machines, platformCaPem: "none", kubernetesCaPin: "none" };
  return {
    machineId: "1",
    machineName: "bastion",
    connection: { kind: "container", container: machine.hostname } as const,
    files: machineFiles(plan, facts),
    timeoutSeconds: 240,
    ...(packages ? { packages } : {}),
  };
}

/** Delivers the machine's files as a run does, and waits until they are applied. */
async function bring(packages?: Packages): Promise<void> {
  const { files: _, packages: __, ...target } = inputs();
  const { outputs } = await deliveredFiles.create(inputs(packages), context);
  await firstBoot.create({ ...target, ...(outputs as { revision: string }) }, context);
}

const versionsOf = async () =>
  (await inMachine(`dpkg-query -W -f '\${Package} \${Version} \${db:Status-Status}\\n' guarded plain slow`)).split(
    "\n",
  );
const startedAt = async () => (await engine.getContainer(machine.hostname).inspect()).State.StartedAt;
const noted = (file: string) => inMachine(`cat /var/lib/kpaas/packages/${file}`);

test("a machine that nobody asks for security updates has none at its first boot", async () => {
  await inMachine(`${repository}
    for name in guarded plain slow; do package main $name 1.0; done
    dpkg -i /srv/apt/main/*.deb
    package main plain 2.0
    package main guarded 3.0
    package security guarded 1.1 'touch /run/reboot-required'
    package security slow 1.1 'touch /run/configuring; until [ -e /var/tmp/go-on ]; do sleep 0.1; done'
    publish
    rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
    printf 'deb [trusted=yes] file:/srv/apt/%s ./\\n' main security >/etc/apt/sources.list`);
  await bring();
  expect(await versionsOf()).toEqual(["guarded 1.0 installed", "plain 1.0 installed", "slow 1.0 installed"]);
  expect(await inMachine("ls /var/lib/kpaas")).not.toContain("packages");
  // The distribution's own upgrades, however they are configured, are off.
  expect(await inMachine("apt-config dump APT::Periodic::Unattended-Upgrade")).toContain('"0"');
});

const first: Packages = { asOf: "2026-12-05T17:00:00.000Z", reboot: "if-needed" };

test("security updates come alone; what is cut off is gone on with; the machine restarts once, with its own settings", async () => {
  await inMachine("echo mine >/etc/guarded.conf");
  const before = await startedAt();
  const { Id } = await engine.getContainer(machine.hostname).inspect();
  const done = bring(first);
  await expect
    .poll(() => inMachine("ls /run").then((names) => names.includes("configuring")), {
      timeout: 120_000,
      interval: 200,
    })
    .toBe(true);
  expect(await versionsOf()).toContain("slow 1.1 half-configured");
  await inMachine("touch /var/tmp/go-on; systemctl kill --signal=KILL kpaas-first-boot");
  await done;
  expect(await versionsOf()).toEqual(["guarded 1.1 installed", "plain 1.0 installed", "slow 1.1 installed"]);
  expect(await inMachine("cat /etc/guarded.conf; cat /etc/slow.conf")).toBe("mine\nas of 1.1");
  expect(await noted("upgraded")).toBe("guarded 1.0 1.1\nslow 1.0 1.1");
  expect(await noted("as-of")).toBe(first.asOf);
  const restarted = await startedAt();
  expect(restarted > before).toBe(true);
  expect((await engine.getContainer(machine.hostname).inspect()).Id).toBe(Id);
  expect(await inMachine("test ! -e /run/reboot-required && echo gone")).toBe("gone");
  // The same question again is none.
  await bring(first);
  expect(await startedAt()).toBe(restarted);
});

test("a machine that may not restart tells that it wants to, and does so when it may", async () => {
  await inMachine(`${repository}
    package security guarded 1.2 'touch /run/reboot-required'
    publish`);
  const before = await startedAt();
  await bring({ asOf: "2026-12-12T17:00:00.000Z", reboot: "never" });
  expect(await versionsOf()).toContain("guarded 1.2 installed");
  expect(await noted("upgraded")).toBe("guarded 1.1 1.2");
  expect(await startedAt()).toBe(before);
  const connection = () => ({ kind: "container", container: machine.hostname }) as const;
  const asked = async () => (await probe("bastion", "bastion", connection, false)).answer;
  expect(await asked()).toMatchObject({ value: { wantsRestart: true } });
  await bring({ asOf: "2026-12-19T17:00:00.000Z", reboot: "if-needed" });
  expect(await noted("upgraded")).toBe("");
  expect((await startedAt()) > before).toBe(true);
  expect(await asked()).toMatchObject({ value: { firstBoot: "done" } });
  expect(await asked()).not.toMatchObject({ value: { wantsRestart: true } });
});

test("security updates that cannot be fetched are not taken for done", async () => {
  await inMachine("mv /srv/apt/security /srv/apt/away");
  const asOf = "2026-12-26T17:00:00.000Z";
  await expect(bring({ asOf, reboot: "never" })).rejects.toThrow(/last failed in: security updates/);
  expect(await noted("as-of")).toBe("2026-12-19T17:00:00.000Z");
  await inMachine("mv /srv/apt/away /srv/apt/security");
  await bring({ asOf, reboot: "never" });
  expect(await noted("as-of")).toBe(asOf);
});

const served = parseEnvironment(name, {
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"], cidr: "10.253.81.0/24" },
  packages: { source: "platform" },
});
const servedMachines = planMachines(served);

function planOf(role: "bastion" | "registry"): MachinePlan {
  const plan = servedMachines.find((one) => one.role === role);
  if (!plan) throw new Error(`no ${role}`);
  return plan;
}

interface Further {
  packages?: Packages;
  /** Secrets of its role. */
  files?: BootFile[];
  environment?: Environment;
}

/** Delivers the files of a machine that takes packages from the platform; gives the wait for them to be applied. */
async function deliverServed(
  role: "bastion" | "registry",
  publicKey: string,
  { packages, files = [], environment = served }: Further = {},
) {
  const facts = { environment, machines: servedMachines, platformCaPem: "none", kubernetesCaPin: "none" };
  const packageSource = { suite: await debianSuite(), publicKey };
  const connection = { kind: "container", container: `${name}-${role}` } as const;
  const target = { machineId: "1", machineName: role, connection, timeoutSeconds: 300 };
  const all = [...machineFiles(planOf(role), { ...facts, packageSource }), ...files];
  const asked = packages ? { packages } : {};
  const { outputs } = await deliveredFiles.create({ ...target, files: all, ...asked }, context);
  return (timeoutSeconds = 300) =>
    firstBoot.create({ ...target, timeoutSeconds, ...(outputs as { revision: string }) }, context);
}

const curlIs = () => inMachine("dpkg -s curl 2>/dev/null | sed -n 's/^Status: //p'");

/** Has the registry's machine serve the packages of a bundle. */
async function publish(bundle: string): Promise<void> {
  vi.stubEnv("KPAAS_BUNDLE", bundle);
  const revision = packagesInUse()?.revision;
  const connection = { kind: "container", container: registry } as const;
  const where = { machineId: "1", machineName: "registry", connection, folder: packageFolder(planOf("registry")) };
  await packageRepository.create({ ...where, revision, timeoutSeconds: 240 }, context);
}

test("machines that reach nothing outside take packages from the registry's machine alone, and none of another key", async () => {
  const key = testSigningKey();
  const bundle = join(folder, "first");
  const writer = new BundleWriter(bundle, undefined, () => undefined);
  // What the registry's image has not, and what the other machine is to lose.
  await addAptRepository(writer, { suite: await debianSuite(), packages: ["curl", "nginx"] }, key, report);
  await writer.finish({ kpaasVersion: "0.1.0", platform: "any", environments: [name] }, {}, key);
  vi.stubEnv("KPAAS_BUNDLE", bundle);
  const publicKey = packagesInUse()?.publicKey ?? "";

  const { privateIp = "" } = planOf("registry");
  await createMachine({ ...machine, hostname: registry, role: "registry", machineName: "registry", privateIp });
  const source = `${privateIp}:${packagePort}`;
  await inMachine(
    `ip route del default
    echo 'deb http://192.0.2.1/debian ${await debianSuite()} main' >/etc/apt/sources.list.d/site.list
    dpkg --purge --force-depends curl`,
  );
  const bastionIsThrough = await deliverServed("bastion", publicKey);
  const phase = () => inMachine("cat /run/kpaas/phase || true");
  await expect.poll(phase, { timeout: 60_000 }).toBe(`waiting for packages of ${source}`);

  const authority = await selfSignedAuthority("platform", 2);
  const names = { commonName: "registry", dnsNames: ["registry.test"], ipAddresses: ["127.0.0.1"] };
  const { certPem, keyPem } = await issue(authority, { ...names, usages: ["server"], validityDays: 1 });
  const users = [{ name: "kpaas-admin", password: "correct-horse-battery-staple" }];
  const secrets = secretFiles(registrySecretFiles({ tlsCertPem: certPem, tlsKeyPem: keyPem, users }));
  await inMachine("ip route del default", registry);
  const registryIsThrough = await deliverServed("registry", publicKey, { files: secrets });
  await publish(bundle);
  await registryIsThrough();
  await bastionIsThrough();

  expect(await curlIs()).toBe("install ok installed");
  const asked = await inMachine("apt-get update 2>&1 | grep -E '^(Get|Hit|Ign|Err)'");
  expect(asked.split("\n").filter((line) => !line.includes(` http://${source} `))).toEqual([]);
  expect(asked).toContain(` http://${source} `);
  // It gives files and nothing else, as nobody who may write, and at no other port.
  const statusOf = (words: string) => inMachine(`curl -s -o /dev/null -w '%{http_code}' ${words}`);
  expect(await statusOf(`http://${source}/kpaas.asc`)).toBe("200");
  expect(await statusOf(`http://${source}/pool/`)).toBe("403");
  expect(await statusOf(`--path-as-is http://${source}/../../../etc/passwd`)).toBe("400");
  expect(await statusOf(`-T /etc/hostname http://${source}/pool/new.deb`)).toBe("403");
  expect(await inMachine("ps -C nginx -o user= | sort -u", registry)).toBe("www-data");
  expect(await inMachine("ss -Hltn 'sport = :80' | wc -l", registry)).toBe("0");

  await inMachine("dpkg --purge --force-depends curl");
  const other = publicKeyBlock({ ...testSigningKey(), userId: "somebody else <other@localhost>" });
  await expect((await deliverServed("bastion", other))(25)).rejects.toThrow(/NO_PUBKEY|not signed/);
  expect(await curlIs()).toBe("");
  await deliverServed("bastion", publicKey);
  await expect.poll(curlIs, { timeout: 60_000 }).toBe("install ok installed");

  // What a newer bundle brings is what a run of maintain upgrades to; the machine's own sources stay out of it.
  const newer = join(folder, "newer");
  await writePackageBundle(newer, [await builtPackage("guarded", "2.0")], { key, suite: await debianSuite() });
  await publish(newer);
  const asOf = "2027-01-02T17:00:00.000Z";
  await (await deliverServed("bastion", publicKey, { packages: { asOf, reboot: "never" } }))();
  expect(await versionsOf()).toEqual(["guarded 2.0 installed", "plain 1.0 installed", "slow 1.1 installed"]);
  expect(await noted("upgraded")).toBe("guarded 1.2 2.0");

  // Where the file says so no more, each machine has its image's sources again, and nothing is served.
  const environment: Environment = { ...served, packages: { source: "machine" } };
  await (await deliverServed("bastion", publicKey, { environment }))();
  await (await deliverServed("registry", publicKey, { environment, files: secrets }))();
  expect(await inMachine("apt-get --print-uris update")).toContain("http://192.0.2.1/debian");
  expect(await inMachine(`ss -Hltn 'sport = :${packagePort} or sport = :80' | wc -l`, registry)).toBe("0");
  expect(await inMachine("systemctl is-active docker-registry; systemctl is-enabled nginx || true", registry)).toBe(
    "active\nmasked",
  );
});

/** Builds a package with nothing in it. */
async function builtPackage(packageName: string, version: string) {
  const built = join(folder, `${packageName}-${version}`);
  mkdirSync(join(built, "DEBIAN"), { recursive: true });
  const control = `Package: ${packageName}\nVersion: ${version}\nArchitecture: all\nMaintainer: test <test@example.com>\nDescription: test`;
  writeFileSync(join(built, "DEBIAN/control"), `${control}\n`);
  await run("dpkg-deb", ["--root-owner-group", "-b", built, `${built}.deb`]);
  return { name: packageName, version, control, content: readFileSync(`${built}.deb`) };
}
