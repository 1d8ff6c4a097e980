import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { cached, cacheKey } from "../toolchain/cache.ts";
import { debianSuite, packageSources } from "../toolchain/debian-packages.ts";
import { kubernetesBinaries } from "../toolchain/kubernetes.ts";
import { registryTree } from "../toolchain/oci-images.ts";
import { machinePlatform, platformName } from "../toolchain/platform.ts";
import { type Report, run } from "../toolchain/run.ts";
import { installPackages } from "./debian.ts";
import { connectEngine } from "./engine.ts";
import { withLock } from "./lock.ts";

export type Flavor = "machine" | "registry";

/** What every role needs, so that no machine installs anything at its first boot. */
const packages = [
  ...["systemd", "systemd-sysv", "dbus", "cloud-init", "iproute2", "iptables", "nftables", "procps", "kmod"],
  ...["ca-certificates", "curl", "openssl"],
  ...["containerd", "runc", "containernetworking-plugins", "conntrack", "socat", "ethtool"],
  ...["haproxy", "docker-registry", "apache2-utils", "mariadb-server"],
  ...["nfs-ganesha", "nfs-ganesha-vfs", "libnfs-utils"],
];

const recipeFolder = fileURLToPath(new URL("./image", import.meta.url));
const nodePrograms = ["kubeadm", "kubelet", "kubectl"];

/** The reference of an image of this flavor, which is made unless the engine has it. */
export async function ensureMachineImage(flavor: Flavor, kubernetesVersion: string, report: Report): Promise<string> {
  const engine = await connectEngine();
  return withLock("machine-image", async () => {
    const base = await baseImage(engine, report);
    const binaries = await kubernetesBinaries(kubernetesVersion, report);
    const machine = await derived(engine, base, `kpaas-machine:${checksum(base, binaries.dir)}`, report, () => [
      { folder: binaries.dir, names: nodePrograms, path: "/usr/bin" },
    ]);
    if (flavor === "machine") return machine;
    const tree = await registryTree(kubernetesVersion, report);
    return derived(engine, machine, `kpaas-registry:${checksum(machine, tree.dir)}`, report, () => [
      { folder: tree.dir, names: ["."], path: "/opt/kpaas/images" },
    ]);
  });
}

export async function hasImage(reference: string): Promise<boolean> {
  const engine = await connectEngine();
  return engine
    .getImage(reference)
    .inspect()
    .then(() => true)
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode === 404) return false;
      throw error;
    });
}

async function baseImage(engine: Docker, report: Report): Promise<string> {
  const suite = await debianSuite();
  const recipe = [...packages, ...recipeFiles()];
  const id = cacheKey({ name: "machine-rootfs", version: suite, platform: platformName(machinePlatform()), recipe });
  const reference = `kpaas-base:${id.slice(-12)}`;
  if (await hasImage(reference)) return reference;
  const folder = await cached(id, (directory) => buildRootfs(suite, join(directory, "rootfs.tar"), report), report);
  report("importing the machines' base image");
  const [repo, tag] = reference.split(":");
  const stream = await engine.importImage(createReadStream(join(folder, "rootfs.tar")), { repo, tag });
  await ended(engine, stream);
  return reference;
}

async function buildRootfs(suite: string, target: string, report: Report): Promise<void> {
  await installPackages(["mmdebstrap"], "/usr/bin/mmdebstrap", report);
  report("making the machines' base image from Debian packages (about a minute)");
  await run("mmdebstrap", [
    ...["--mode=root", "--variant=minbase", `--include=${packages.join(",")}`],
    ...["--dpkgopt=path-exclude=/usr/share/man/*", "--aptopt=APT::Install-Recommends false"],
    `--customize-hook=${join(recipeFolder, "customize.sh")}`,
    ...[suite, target],
    ...(await packageSources()),
  ]);
}

interface Addition {
  folder: string;
  names: string[];
  path: string;
}

/** An image that adds files to another; no container is started for it. */
async function derived(
  engine: Docker,
  from: string,
  reference: string,
  report: Report,
  additions: () => Addition[],
): Promise<string> {
  if (await hasImage(reference)) return reference;
  report(`making the image ${reference.split(":")[0]}`);
  const container = await engine.createContainer({ Image: from, Cmd: ["/machine-init"] });
  try {
    for (const { folder, names, path } of additions()) {
      await container.putArchive(directoryOf(path), { path: "/" });
      await container.putArchive(tarOf(folder, names), { path });
    }
    const [repo, tag] = reference.split(":");
    await container.commit({ repo, tag });
  } finally {
    await container.remove({ force: true });
  }
  return reference;
}

function tarOf(folder: string, names: string[]): NodeJS.ReadableStream {
  return spawn("tar", ["-C", folder, "--owner=0", "--group=0", "-c", ...names], {
    stdio: ["ignore", "pipe", "inherit"],
  }).stdout;
}

/** The archive API wants its target folder to be there. */
function directoryOf(path: string): NodeJS.ReadableStream {
  const transform = `--transform=s,^.*$,${path.slice(1)},`;
  return spawn("tar", ["-C", recipeFolder, "--no-recursion", "--owner=0", "--group=0", transform, "-c", "."], {
    stdio: ["ignore", "pipe", "inherit"],
  }).stdout;
}

function recipeFiles(): string[] {
  return readdirSync(recipeFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => readFileSync(path, "utf8"));
}

/** Of what an image is made from; cache folders are named after their content. */
function checksum(from: string, folder: string): string {
  const parts = [from, basename(folder), basename(dirname(folder))];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
}

function ended(engine: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    engine.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
  });
}
