import "../../stacks/infrastructures.ts";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepalivedFiles } from "../../components/first-boot/keepalived.ts";
import { gatewayAddress } from "../../config/addresses.ts";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { eventually } from "../../lib/eventually.ts";
import { debianPackages } from "../../toolchain/debian-packages.ts";

const environment = parseEnvironment("test", {
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { haproxy: { count: 2 } },
});
const machines = planMachines(environment);
const pair = machines.filter(({ role }) => role === "haproxy");
const facts = { environment, machines, platformCaPem: "", kubernetesCaPin: "" };

/** Two network namespaces on one wire, each with a real keepalived under the configuration that its machine would get. */
let folder: string;
let shell: ChildProcessWithoutNullStreams;
let output: AsyncIterator<string>;
let disk: string;

beforeAll(async () => {
  const root = await debianPackages(
    "keepalived",
    ["keepalived", "iproute2", "dash", "coreutils", "procps"],
    console.log,
  );
  folder = await mkdtemp(join(tmpdir(), "kpaas-virtual-address-"));
  disk = join(folder, "upper");
  for (const path of ["work", "mounted", "upper/run/netns", "upper/tmp", "upper/etc/keepalived", "upper/usr/bin"])
    await mkdir(join(folder, path), { recursive: true });
  for (const machine of pair) {
    const [file] = keepalivedFiles(machine, facts);
    const config = file?.content.replace("@INTERFACE@", "eth0") ?? "";
    await writeFile(join(disk, `etc/keepalived/${machine.name}.conf`), config, { mode: 0o600 });
  }
  await writeFile(join(disk, "etc/passwd"), "root:*:0:0::/root:/bin/sh\n");
  await writeFile(join(disk, "etc/group"), "root:*:0:\n");
  // There is no init system: HAProxy is active where this machine's file says so.
  const systemctl = "#!/bin/sh\nexec test -e /run/$(ip netns identify $$)-is-active\n";
  await writeFile(join(disk, "usr/bin/systemctl"), systemctl, { mode: 0o755 });
  for (const { name } of pair) await writeFile(join(disk, `run/${name}-is-active`), "");

  const mounted = join(folder, "mounted");
  const boot = [
    `mount -t overlay overlay -o lowerdir=${root},upperdir=${disk},workdir=${folder}/work ${mounted}`,
    `mkdir -p ${mounted}/proc ${mounted}/sys ${mounted}/dev && mount -t proc proc ${mounted}/proc`,
    `mount -t sysfs sys ${mounted}/sys && mount --rbind /dev ${mounted}/dev`,
    `exec chroot ${mounted} /bin/sh`,
  ].join(" && ");
  shell = spawn("unshare", ["--net", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", boot]);
  output = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  await said(
    "ip link add one type veth peer name two",
    ...pair.flatMap(({ name, privateIp }, index) => [
      `ip netns add ${name}`,
      `ip link set ${index === 0 ? "one" : "two"} netns ${name} name eth0`,
      `ip -n ${name} address add ${privateIp}/24 dev eth0`,
      `ip -n ${name} link set eth0 up`,
      `ip -n ${name} link set lo up`,
    ]),
    ...pair.map(({ name }) => startKeepalived(name)),
  );
}, 300_000);

afterAll(async () => {
  shell?.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

const startKeepalived = (name: string) =>
  `ip netns exec ${name} keepalived -n -f /etc/keepalived/${name}.conf -p /run/${name}.pid -r /run/${name}-vrrp.pid ` +
  `>/tmp/${name}.log 2>&1 &`;

/** Runs lines in the namespaces; gives what they print. */
async function said(...lines: string[]): Promise<string> {
  const answer: string[] = [];
  shell.stdin.write(`${lines.join("\n")}\necho end of answer\n`);
  for (;;) {
    const { value, done } = await output.next();
    if (done) throw new Error("the shell has ended");
    if (value === "end of answer") return answer.join("\n");
    answer.push(value);
  }
}

/** Names of the machines that have the shared address. */
async function holders(): Promise<string[]> {
  const found: string[] = [];
  for (const { name } of pair)
    if ((await said(`ip -n ${name} -4 -o address show eth0`)).includes(` ${gatewayAddress(environment)}/32`))
      found.push(name);
  return found;
}

const heldBy = (name: string) => eventually(15, async () => expect(await holders()).toEqual([name]));

test("the first machine has the address, and alone", async () => {
  await heldBy("haproxy-1");
});

test("the other takes it over when HAProxy fails, and gives it back", async () => {
  await said("rm /run/haproxy-1-is-active");
  await heldBy("haproxy-2");
  await said("touch /run/haproxy-1-is-active");
  await heldBy("haproxy-1");
});

test("the other takes it over when the machine is gone", async () => {
  await said("kill -9 $(cat /run/haproxy-1.pid /run/haproxy-1-vrrp.pid)");
  await eventually(15, async () => expect(await holders()).toContain("haproxy-2"));
});
