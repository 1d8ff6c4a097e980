import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { roleFacts } from "../config/roles/index.ts";
import { UserError } from "../lib/errors.ts";
import { withLock } from "../lib/lock.ts";
import { CommandFailed, type Report, run } from "../lib/run.ts";
import { refuseOutside } from "../toolchain/air-gap/in-use.ts";
import { cached, cacheKey } from "../toolchain/cache.ts";
import { debianSuite, installMmdebstrap, packageSources } from "../toolchain/debian-packages.ts";
import { kubernetesBinaries } from "../toolchain/kubernetes.ts";
import { registryTree } from "../toolchain/oci-images.ts";
import { machinePlatform, platformName } from "../toolchain/platform.ts";
import { connectContainerEngine } from "./container-engine.ts";
import { nodePrograms } from "./kubernetes-release.ts";
import { removeMachine } from "./machine.ts";

export type Flavor = "machine" | "registry";

const repositories: Record<Flavor, string> = { machine: "kpaas-machine", registry: "kpaas-registry" };
const buildName = (repo: string): string => `${repo}-build`;
/** The containers that images are built in. */
export const buildContainers: readonly string[] = Object.values(repositories).map(buildName);
const imagesLock = "machines' images";

/** Packages that the container platform's roles need, so that no machine of it installs anything at its first boot. */
const packages = [
  ...new Set([
    ...["systemd", "systemd-sysv", "dbus", "cloud-init", "iproute2", "iptables", "nftables", "procps", "kmod"],
    ...["ca-certificates", "curl", "openssl"],
    ...["containerd", "runc", "containernetworking-plugins", "conntrack", "socat", "ethtool"],
    ...["haproxy", "docker-registry", "apache2-utils", "mariadb-server"],
    ...["nfs-ganesha", "nfs-ganesha-vfs", "libnfs-utils"],
    ...Object.values(roleFacts).flatMap(({ platform, packages }) => (platform === "container" ? packages : [])),
  ]),
];

const recipeFolder = fileURLToPath(new URL("./image", import.meta.url));

/** Gives the reference of an image of this flavor, which is made unless the container engine has it. @throws UserError */
export async function ensureMachineImage(flavor: Flavor, kubernetesVersion: string, report: Report): Promise<string> {
  const engine = await connectContainerEngine();
  const [base, binaries, tree] = await Promise.all([
    withLock("machines' base image", () => baseImage(engine, report), report),
    kubernetesBinaries(kubernetesVersion, report),
    flavor === "registry" ? registryTree(kubernetesVersion, report) : undefined,
  ]);
  return withLock(
    imagesLock,
    async () => {
      const programs = { folder: binaries.dir, names: [...nodePrograms], path: "/usr/bin" };
      const machine = `${repositories.machine}:${checksum(base, binaries.dir)}`;
      await ensureDerived(engine, base, machine, programs, report);
      if (!tree) return machine;
      const registry = `${repositories.registry}:${checksum(machine, tree.dir)}`;
      await ensureDerived(
        engine,
        machine,
        registry,
        { folder: tree.dir, names: ["."], path: "/opt/kpaas/images" },
        report,
      );
      return registry;
    },
    report,
  );
}

export async function hasImage(reference: string): Promise<boolean> {
  const engine = await connectContainerEngine();
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
  const id = rootfsKey(suite);
  const reference = `kpaas-base:${id.slice(-12)}`;
  if (await hasImage(reference)) return reference;
  const folder = await machineRootfs(report);
  report("importing the machines' base image");
  const [repo, tag] = reference.split(":");
  const stream = await engine.importImage(createReadStream(join(folder, "rootfs.tar")), { repo, tag });
  await ended(engine, stream);
  return reference;
}

function rootfsKey(suite: string): string {
  const recipe = [...packages, ...recipeFiles()];
  return cacheKey({ name: "machine-rootfs", version: suite, platform: platformName(machinePlatform()), recipe });
}

/** Gives a folder with the root file system that the machines' images begin with. Throws UserError. */
export async function machineRootfs(report: Report): Promise<string> {
  const suite = await debianSuite();
  const build = (directory: string) => buildRootfs(suite, join(directory, "rootfs.tar"), report);
  return cached(rootfsKey(suite), build, report);
}

async function buildRootfs(suite: string, target: string, report: Report): Promise<void> {
  refuseOutside("the machines' base image");
  await installMmdebstrap(report);
  report("making the machines' base image from Debian packages (about a minute)");
  const mode = process.getuid?.() === 0 ? "root" : "unshare";
  try {
    await run("mmdebstrap", [
      ...[`--mode=${mode}`, "--variant=minbase", `--include=${packages.join(",")}`],
      ...["--dpkgopt=path-exclude=/usr/share/man/*", "--aptopt=APT::Install-Recommends false"],
      `--customize-hook=${join(recipeFolder, "customize.sh")}`,
      ...[suite, target],
      ...(await packageSources()),
    ]);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(
      `the machines' base image could not be made: ${error.message}`,
      "see that `apt-get update` works on this machine, then run the same command again",
    );
  }
}

/** Removes the containers of builds that were killed: a container engine of our own would stay for them. */
export function removeLeftBuilds(): Promise<void> {
  return withLock(imagesLock, async () => {
    for (const name of buildContainers) await removeMachine(name);
  });
}

interface Addition {
  folder: string;
  names: string[];
  path: string;
}

/** Makes an image that adds files to another, as one layer; no container is started for it. */
async function ensureDerived(
  engine: Docker,
  from: string,
  reference: string,
  { folder, names, path }: Addition,
  report: Report,
): Promise<void> {
  if (await hasImage(reference)) return;
  const [repo = "", tag = ""] = reference.split(":");
  report(`making the image ${repo}`);
  const name = buildName(repo);
  // Left by a build that was killed.
  await removeMachine(name);
  const container = await engine.createContainer({ name, Image: from, Cmd: ["/machine-init"] });
  try {
    const below = `--transform=s,^,${path.slice(1)}/,`;
    await addFiles(container, ["-C", folder, "--owner=0", "--group=0", below, "-c", ...names]);
    await container.commit({ repo, tag });
  } finally {
    await container.remove({ force: true });
  }
}

/** Unpacks at / of a container what a `tar` command writes. */
async function addFiles(container: Docker.Container, args: string[]): Promise<void> {
  const tar = spawn("tar", args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve, reject) => tar.on("error", reject).on("close", resolve));
  await container.putArchive(tar.stdout, { path: "/" });
  const code = await ended;
  if (code !== 0) throw new Error(`tar ${args.join(" ")} ended with ${code}`);
}

function recipeFiles(): string[] {
  return readdirSync(recipeFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => readFileSync(path, "utf8"));
}

/** Gives the checksum of what an image is made from; cache folders are named after their content. */
function checksum(from: string, folder: string): string {
  const parts = [from, basename(folder), basename(dirname(folder))];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
}

/** Resolves when the container engine has ended its report on an import; rejects when that is an error. */
export function ended(engine: Docker, stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    engine.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
  });
}
