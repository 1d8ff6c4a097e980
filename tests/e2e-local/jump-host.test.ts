import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { boshInputs } from "../../bosh/index.ts";
import { firewallRules } from "../../components/firewall.ts";
import { jumphostSecretFiles, machineFiles, secretFiles, userData } from "../../components/first-boot/index.ts";
import { networkGateway, roleBlocks, workersCidr } from "../../config/addresses.ts";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { roleFacts } from "../../config/roles/index.ts";
import { versions } from "../../config/versions.ts";
import { eventually } from "../../lib/eventually.ts";
import { connectContainerEngine, ensureContainerEngine, stopContainerEngine } from "../../local/container-engine.ts";
import { createMachine, removeMachine } from "../../local/machine.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";
import { createVolume, removeVolume } from "../../local/volume.ts";
import type { Context } from "../../provider/resource.ts";
import { handler as firstBoot } from "../../provider/resources/first-boot.ts";
import { handler as files } from "../../provider/resources/machine-files.ts";
import { nftablesRuleset } from "../../stacks/local/nftables.ts";
import { valuesFor } from "../harness/environments/bosh-environments.ts";
import { Mirror, succeeded, withPackages } from "./mirror.ts";
import { engineObjects } from "./orphans.ts";

/**
 * The jump host of an OpenStack environment, on this machine: its user-data, its disk and its files are the real ones, its site's
 * mirror lacks upstream's releases.
 */
const name = "e2e-jump";
const mirrorHost = `${name}-mirror`;
const parsed = parseEnvironment(name, {
  purpose: "development",
  infrastructure: { kind: "openstack", machineTypes: [{ name: "any", vcpus: 4, memoryGiB: 16 }] },
  network: { cidr: "10.186.0.0/24", adminCidrs: ["203.0.113.0/24"] },
  applicationPlatform: {
    systemDomain: "cf.example.com",
    cidr: "10.187.0.0/22",
    mirrorBaseUrl: `https://${mirrorHost}/bosh`,
    blobstore: {
      kind: "external",
      endpoint: "https://objects.example.com",
      region: "region-1",
      buckets: {
        buildpacks: "cf-buildpacks",
        droplets: "cf-droplets",
        packages: "cf-packages",
        resources: "cf-resources",
      },
      credentialsSecret: "cf-blobstore",
    },
  },
});
if (!parsed.applicationPlatform) throw new Error("no application platform");
const environment = { ...parsed, applicationPlatform: parsed.applicationPlatform };

const secret = () => randomBytes(12).toString("hex");
const secrets = { password: secret(), accessKeyId: secret(), secretAccessKey: secret() };
const inputs = boshInputs(environment, {
  ...valuesFor(environment),
  credentials: { openstack_password: secrets.password },
  secrets: { "cf-blobstore": { accessKeyId: secrets.accessKeyId, secretAccessKey: secrets.secretAccessKey } },
});

/**
 * Stands in for `bosh`, whose program cannot be had where this is built: the files that create-env is given must be there, then it
 * asks for the first release by its address, as the real one does.
 */
const standIn = `#!/bin/bash
set -eu
echo "bosh $*"
for word in "$@"; do
  case $word in -* | *creds.yml) ;; *.yml) cat "$word" >/dev/null ;; esac
done
url=$(grep -om 1 'https://.*tgz' director/ops.yml)
sleep 1
curl -fsS -o /dev/null "$url" || { echo "Downloading release: $url" >&2; exit 1; }
`;
const sha256 = (content: string) => createHash("sha256").update(content).digest("hex");
const pinned = jumphostSecretFiles(inputs);
const operations = inputs.files.find(({ path }) => path === "director/ops.yml")?.content ?? "";
const release = /https:\S+\.tgz/.exec(operations)?.[0] ?? "";

const machines = planMachines(environment);
const plan = machines.find(({ role }) => role === "jumphost");
if (!plan) throw new Error("no jump host");
const jumpHost = plan;
const { hostname, dataDisk } = plan;
const volume = `${hostname}-data`;
const connection = { kind: "container", container: hostname } as const;
const context: Context = {
  name: "jumphost",
  environment: name,
  signal: new AbortController().signal,
  report: () => {},
  warn: console.log,
};

let engine: Docker;
let isEngineOurs: boolean;
let mirror: Mirror;
let networkId: string;
let revision = "";
let request: { machineId: string; machineName: string; connection: typeof connection };

/** Notes every command line that there is, five times a second. */
const watchProcesses = `while sleep 0.2; do
  cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>/run/commands
done
`;

const inMachine = (command: string) => succeeded(engine, hostname, command);
const journal = (unit: string) => inMachine(`journalctl --no-pager -o cat -u ${unit}`);
const bootEnds = () => firstBoot.create({ ...request, revision, timeoutSeconds: 90 }, context);

/** Delivers all of the machine's files, these secrets among them. */
async function deliver(secrets: Record<string, string>): Promise<void> {
  const facts = { environment, machines, platformCaPem: "", kubernetesCaPin: "sha256:0" };
  const delivered = [...machineFiles(jumpHost, facts), ...secretFiles(secrets)];
  const { outputs } = await files.create({ ...request, files: delivered }, context);
  revision = (outputs as { revision: string }).revision;
}

/** Packs one of upstream's repositories as GitHub does: all of it in one folder. */
const packed = (folder: string) =>
  execFileSync("tar", ["-czC", join(import.meta.dirname, "../bosh/upstream"), folder], { maxBuffer: 64 * 1024 * 1024 });
const fileOf = (url: string) => url.slice(url.lastIndexOf("/") + 1);

beforeAll(async () => {
  ({ owned: isEngineOurs } = await ensureContainerEngine(console.log));
  engine = await connectContainerEngine();
  await removeAll();
  const machineImage = await ensureMachineImage("machine", versions.kubernetes, console.log);
  const image = await withPackages(engine, machineImage, roleFacts.jumphost.packages);
  const { cidr } = environment.network;
  networkId = await createNetwork({
    networkName: `kpaas-${name}`,
    environment: name,
    cidr,
    gateway: networkGateway(environment),
    dynamicCidr: workersCidr(environment),
  });
  mirror = new Mirror(engine, mirrorHost);
  const certificate = await mirror.start(machineImage, networkId, name);
  await mirror.serve({ [fileOf(inputs.cli.url)]: "not the pinned program" });
  await createVolume(volume, name);
  const { id } = await createMachine({
    hostname,
    environment: name,
    role: plan.role,
    machineName: plan.name,
    image,
    networkId,
    privateIp: plan.privateIp,
    userData: userData(plan),
    firewall: nftablesRuleset(firewallRules(environment, "jumphost"), (role) => roleBlocks(environment, role)),
    volumes: { [dataDisk?.mountPath ?? ""]: volume },
    publicPorts: [],
  });
  request = { machineId: id, machineName: plan.name, connection };
  // A mirror that has a CA of its own is known to the image that an operator gives the machines.
  await inMachine(`cat >>/etc/ssl/certs/ca-certificates.crt <<'PEM'\n${certificate}PEM`);
  await inMachine(`cat >/run/watch <<'SH'\n${watchProcesses}SH\nsetsid bash /run/watch >/dev/null 2>&1 </dev/null &`);
  await deliver(pinned);
});

afterAll(async () => {
  await removeAll();
  expect(await engineObjects(name)).toEqual([]);
  if (isEngineOurs) await stopContainerEngine(console.log);
});

/** Removes everything, also what a killed run left. */
async function removeAll(): Promise<void> {
  for (const container of [hostname, mirrorHost]) await removeMachine(container);
  await removeNetwork(`kpaas-${name}`);
  await removeVolume(volume);
}

test("a program that is not the pinned one ends first boot, and `up` says which, from where, and what next", async () => {
  const said = expect(bootEnds()).rejects;
  await said.toThrow(
    new RegExp(
      [
        "jumphost's first boot failed 8 times in a row",
        "last failed in: bosh command",
        "cloud-init: done",
        `${inputs.cli.url} is not the bosh that is pinned: its SHA-256 is not ${inputs.cli.sha256}\\. ` +
          "Once that is mended first boot goes on by itself; at once: systemctl restart kpaas-first-boot",
        `see more: ./kpaas logs ${name} jumphost`,
      ].join("[^]*"),
    ),
  );
  expect(await inMachine("ls /usr/local/bin")).toBe("kpaas-bosh\n");
  expect(await journal("kpaas-bosh")).not.toContain("begins");
});

test("the data disk is the volume, for root alone", async () => {
  expect(await inMachine("findmnt -no FSROOT /srv/bosh")).toContain(volume);
  expect(await inMachine("stat -c '%a %U' /srv/bosh")).toBe("700 root\n");
});

test("secret files are there for root alone", async () => {
  const listed = await inMachine("find /etc/kpaas/secrets -printf '%y %m %u:%g %P\\n'");
  const lines = listed.trim().split("\n");
  const wanted = Object.keys(pinned).map((path) => `f 600 root:root ${path}`);
  expect(lines.filter((line) => line.startsWith("f")).sort()).toEqual(wanted.sort());
  expect(lines).toContain("d 700 root:root ");
});

test("manifests that the mirror lacks are said by their address; a new delivery is taken without a restart by hand", async () => {
  await mirror.serve({ [fileOf(inputs.cli.url)]: standIn });
  await deliver({ ...pinned, "bosh/cli": `${inputs.cli.url} ${sha256(standIn)}\n` });
  const [{ url = "" } = {}] = inputs.upstream.archives;
  await eventually(30, async () =>
    expect(await journal("kpaas-first-boot")).toContain(`cannot download ${url}. Once that is mended`),
  );
  expect(await inMachine("sha256sum </usr/local/bin/bosh")).toContain(sha256(standIn));
});

test("first boot ends by itself once the mirror has them, and bosh has begun", async () => {
  for (const { folder, url } of inputs.upstream.archives) await mirror.serve({ [fileOf(url)]: packed(folder) });
  await bootEnds();
  expect(await inMachine("cat /run/kpaas/phase")).toBe("done\n");
});

test("bosh ends where a release is needed, by its address; the journal has the command for doing it by hand", async () => {
  await eventually(30, async () => expect(await journal("kpaas-bosh")).toContain("failed with exit code"));
  const said = await journal("kpaas-bosh");
  const words = inputs.commands[0]?.argv.slice(1).join(" ");
  expect(said).toContain(`Downloading release: ${release}`);
  expect(said).toContain(`create-env failed with exit code 1. By hand, as root in /srv/bosh: kpaas-bosh run ${words}`);
  await eventually(10, async () =>
    expect(await inMachine("systemctl show -P SubState kpaas-bosh")).toBe("auto-restart\n"),
  );
  const byHand = await inMachine(`kpaas-bosh run ${words} 2>&1 || echo "exit code $?"`);
  expect(byHand).toMatch(new RegExp(`Downloading release: ${release}\nexit code 1\n$`));
});

test("first boot run again downloads nothing, changes nothing, and has bosh try again", async () => {
  const before = { files: await written(), requests: (await mirror.requests()).filter(isNoRelease) };
  expect(before.files).toContain("/srv/bosh/director/secrets.yml");
  const tries = await failures();
  await inMachine("systemctl start kpaas-first-boot && /usr/local/lib/kpaas/first-boot");
  await eventually(30, async () => expect(await failures()).toBeGreaterThan(tries));
  expect(await written()).toBe(before.files);
  expect((await mirror.requests()).filter(isNoRelease)).toEqual(before.requests);
});

test("no secret was said in the journal, in a log or as a word of a command", async () => {
  const logs = await inMachine(
    "journalctl --no-pager; cat /var/log/cloud-init*.log; cat /var/lib/cloud/seed/nocloud/*",
  );
  const commands = await inMachine("cat /run/commands");
  expect(logs).toContain("kpaas-bosh: create-env begins");
  expect(commands).toContain("create-env bosh-deployment/bosh.yml");
  for (const value of Object.values(secrets)) {
    expect(await inMachine(`grep -rl ${value} /srv/bosh`)).toMatch(/secrets\.yml/);
    expect(logs).not.toContain(value);
    expect(commands).not.toContain(value);
  }
});

test("after a reboot first boot downloads nothing, and bosh goes on by itself", async () => {
  const requests = (await mirror.requests()).filter(isNoRelease);
  await engine.getContainer(hostname).restart();
  await eventually(60, async () => expect(await failures()).toBeGreaterThan(1));
  expect((await mirror.requests()).filter(isNoRelease)).toEqual(requests);
  expect(await inMachine("cat /run/kpaas/phase")).toBe("done\n");
});

/** Gives modes, owners and digests of what first boot writes. */
const written = () =>
  inMachine(`set -o pipefail
    find /etc /usr/local /srv/bosh /var/lib/kpaas -xdev -printf '%M %u:%g %p %l\\n' | sort -k 3
    find /etc /usr/local /srv/bosh /var/lib/kpaas -xdev -type f -exec sha256sum {} + | sort -k 2`);
const failures = async () => (await journal("kpaas-bosh")).split("failed with exit code").length;
const isNoRelease = (path: string) => path !== fileOf(release);
