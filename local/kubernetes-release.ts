import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { imageReference } from "../config/images.ts";
import type { Report } from "../lib/run.ts";
import { kubernetesBinaries } from "../toolchain/kubernetes.ts";
import { imageNames, registryTree } from "../toolchain/oci-images.ts";
import { connectContainerEngine } from "./container-engine.ts";
import { containerExec, type ExecResult } from "./exec.ts";

/** Programs that every node's machine has. */
export const nodePrograms = ["kubeadm", "kubelet", "kubectl"] as const;

/** Folder, in machines, of programs that are put into them: each version's in `v<version>`. */
export const programsFolder = "/usr/local/lib/kpaas/kubernetes";

/** File that tells first boot, before it runs, that the installer puts programs into `programsFolder`. */
export const deliveryMark = `${programsFolder}/delivered`;

/** A machine that has a part of a Kubernetes release: nodes its programs, the registry its images. */
export interface ReleaseHolder {
  hostname: string;
  role: string;
  kubernetesVersion?: string;
  /** Further versions whose images a registry has. */
  olderVersions?: readonly string[];
}

/** Tells whether programs are put into this machine. */
export function takesPrograms({ role, kubernetesVersion }: ReleaseHolder): boolean {
  return kubernetesVersion !== undefined && role !== "registry";
}

/** Sees to what a running machine needs of its Kubernetes version. @throws UserError when it cannot be had. */
export async function ensureRelease(holder: ReleaseHolder, report: Report): Promise<void> {
  const { hostname, kubernetesVersion, olderVersions = [] } = holder;
  if (kubernetesVersion === undefined) return;
  const ensure = takesPrograms(holder) ? ensurePrograms : ensureImages;
  for (const version of [...olderVersions, kubernetesVersion]) await ensure(hostname, version, report);
}

/** Exit code of the scripts below for what is not there yet. */
const missing = 3;

/** Links the image's own programs where they are of the version wanted, so that all versions are found in one way. */
const lookForPrograms = `
cd "$1"
[ ! -d "v$2" ] || exit 0
[ "$(/usr/bin/kubelet --version)" = "Kubernetes v$2" ] || exit ${missing}
new=$(mktemp -d .new-XXXXXX)
chmod 0755 "$new"
for program in ${nodePrograms.join(" ")}; do ln -s "/usr/bin/$program" "$new/"; done
mv -T "$new" "v$2"
`;

/** Takes programs from a tar archive. The version's folder appears complete; besides it the newest other one stays. */
const takePrograms = `
cd "$1"
new=$(mktemp -d .new-XXXXXX)
chmod 0755 "$new"
tar -xf - -C "$new"
for program in ${nodePrograms.join(" ")}; do [ -x "$new/$program" ]; done
mv -T "$new" "v$2"
rm -rf .new-*
ls -d v* | grep -vxF "v$2" | sort -rV | tail -n +2 | xargs -r rm -rf
`;

/**
 * Sees to the node's programs of a Kubernetes version in a running machine, below `programsFolder`. The programs that its
 * image has stay. @throws UserError when the version cannot be had.
 */
export async function ensurePrograms(hostname: string, version: string, report: Report): Promise<void> {
  const engine = await connectContainerEngine();
  const script = (commands: string) => ["sh", "-euc", `mkdir -p "$1"\n${commands}`, "sh", programsFolder, version];
  const found = await containerExec(engine, hostname, script(lookForPrograms));
  if (found.exitCode === 0) return;
  if (found.exitCode !== missing) throw failed(hostname, "has no folder for Kubernetes' programs", found);
  const { dir } = await kubernetesBinaries(version, report);
  report(`putting the programs of Kubernetes ${version} into ${hostname}`);
  await sendFiles(engine, hostname, { dir, names: nodePrograms, command: script(takePrograms) });
}

/** Tells whether a machine is without the programs of its version: somebody has removed them, or its disk was put back. */
export async function lacksPrograms(holder: ReleaseHolder): Promise<boolean> {
  if (!takesPrograms(holder)) return false;
  const engine = await connectContainerEngine();
  const path = `${programsFolder}/v${holder.kubernetesVersion}`;
  try {
    await engine.getContainer(holder.hostname).infoArchive({ path });
    return false;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return true;
    throw error;
  }
}

/** Finds the mount of the store's layers, which first boot makes and names after its line in /etc/fstab; nothing before that. */
const findStore = `store=$(awk '$1 == "kpaas-images" { print $2 }' /proc/mounts)`;

/** Tells whether every file of the arguments is in the store, or in what it will be made of. */
const lookForFiles = `
${findStore}
for path; do [ -e "\${store:-/opt/kpaas/images}/$path" ] || exit ${missing}; done
`;

const lookForStore = `
${findStore}
[ -n "$store" ] || exit ${missing}
`;

/** Tells the size of each file of standard input that is there. */
const tellSizes = `
${findStore}
cd "$store"
while read -r path; do
  if [ -e "$path" ]; then stat -c '%s %n' "$path"; fi
done
`;

/** Takes files from a tar archive. Folders and links are the registry's own, as first boot's `own_data` says. */
const takeFiles = `
${findStore}
cd "$store"
tar -xf -
find docker ! -user docker-registry '(' -type d -o -path '*/repositories/*' ')' -exec chown docker-registry: {} +
`;

/** The store is mounted in first boot's first phases, which wait for nothing but the machine. */
const storeTimeoutSeconds = 180;

/**
 * Sees to the images of a Kubernetes version in the store of a running registry, which serves them at once. What it has
 * stays, and so does what others pushed. @throws UserError when the images cannot be had.
 */
export async function ensureImages(hostname: string, version: string, report: Report): Promise<void> {
  const engine = await connectContainerEngine();
  const inMachine = (script: string, words: string[] = [], stdin?: Buffer) =>
    containerExec(engine, hostname, ["sh", "-euc", script, "sh", ...words], { stdin });
  const tags = imageNames(version).map(tagFile);
  const complete = async () => {
    const found = await inMachine(lookForFiles, tags);
    if (found.exitCode !== 0 && found.exitCode !== missing) throw failed(hostname, "does not tell its images", found);
    return found.exitCode === 0;
  };
  if (await complete()) return;
  const tree = await registryTree(version, report);
  await awaitStore(hostname, () => inMachine(lookForStore));
  if (await complete()) return;
  report(`adding the images of Kubernetes ${version} to ${hostname}`);
  const files = await filesOf(tree.dir);
  const told = await inMachine(tellSizes, [], Buffer.from(files.map(({ path }) => `${path}\n`).join("")));
  if (told.exitCode !== 0) throw failed(hostname, "does not tell its images", told);
  const names = filesToSend(files, told.stdout);
  await sendFiles(engine, hostname, { dir: tree.dir, names, command: ["sh", "-euc", takeFiles] });
}

/** Tells what tags stand for: of each path of the arguments a line, in their order. */
const readTags = `
${findStore}
for path; do cat "\${store:-/opt/kpaas/images}/$path"; echo; done
`;

/** Gives the digests, by references, of the images of Kubernetes versions that a registry's machine has. @throws Error where one is missing */
export async function imageDigests(hostname: string, versions: readonly string[]): Promise<Record<string, string>> {
  const images = new Map(versions.flatMap(imageNames).map((name) => [imageReference(name), name]));
  const engine = await connectContainerEngine();
  const found = await containerExec(engine, hostname, [
    "sh",
    "-euc",
    readTags,
    "sh",
    ...[...images.values()].map(tagFile),
  ]);
  const digests = found.stdout.trim().split("\n");
  if (
    found.exitCode !== 0 ||
    digests.length !== images.size ||
    !digests.every((one) => /^sha256:[0-9a-f]{64}$/.test(one))
  )
    throw failed(hostname, "does not tell its images' digests", found);
  return Object.fromEntries([...images.keys()].map((reference, index) => [reference, digests[index] ?? ""]));
}

/** Gives the path of the file by which the registry knows a tag. */
function tagFile({ repository, tag }: { repository: string; tag: string }): string {
  return `docker/registry/v2/repositories/${repository}/_manifests/tags/${tag}/current/link`;
}

async function awaitStore(hostname: string, look: () => Promise<ExecResult>): Promise<void> {
  const end = Date.now() + storeTimeoutSeconds * 1000;
  for (;;) {
    const found = await look();
    if (found.exitCode === 0) return;
    if (found.exitCode !== missing || Date.now() >= end) throw failed(hostname, "has no image store mounted", found);
    await sleep(300);
  }
}

export interface SizedFile {
  /** Path below the store's folder. */
  path: string;
  sizeBytes: number;
}

async function filesOf(dir: string): Promise<SizedFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(files.map(async (file) => ({ path: relative(dir, file), sizeBytes: (await stat(file)).size })));
}

/**
 * Gives the paths of files that are not there whole, in the order in which they may arrive: a tag after all that it leads to, so that
 * a transfer that ends early leaves no image in part. `there` has a size and a path on each line.
 */
export function filesToSend(files: readonly SizedFile[], there: string): string[] {
  const known = new Set(there.split("\n"));
  const order = (path: string) => (path.includes("/_manifests/tags/") ? 2 : path.includes("/repositories/") ? 1 : 0);
  return files
    .filter(({ path, sizeBytes }) => !known.has(`${sizeBytes} ${path}`))
    .map(({ path }) => path)
    .sort((one, other) => order(one) - order(other) || (one < other ? -1 : 1));
}

/** Streams files into a command of a machine as a tar archive, in the order of their names. */
async function sendFiles(
  engine: Docker,
  hostname: string,
  { dir, names, command }: { dir: string; names: readonly string[]; command: string[] },
): Promise<void> {
  const archive = ["-C", dir, "--owner=0", "--group=0", "-c", "--verbatim-files-from", "-T", "-"];
  const tar = spawn("tar", archive, { stdio: ["pipe", "pipe", "pipe"] });
  const said = text(tar.stderr);
  // At once: of a process that ends before anybody reads its output, Node.js throws the output away.
  const stdin = tar.stdout.pipe(new PassThrough());
  try {
    const ended = once(tar, "close");
    // Told by the command that gets no archive, or by the exit code below.
    ended.catch(() => undefined);
    tar.stdin.on("error", () => undefined);
    tar.stdin.end(names.map((name) => `${name}\n`).join(""));
    const taken = await containerExec(engine, hostname, command, { stdin });
    if (taken.exitCode !== 0) throw failed(hostname, `did not take ${dir}`, taken);
    const [code] = await ended;
    if (code !== 0) throw new Error(`tar ${archive.join(" ")} ended with ${code}: ${await said}`);
  } finally {
    tar.kill();
  }
}

function failed(hostname: string, what: string, { exitCode, stdout, stderr }: ExecResult): Error {
  return new Error(`${hostname} ${what} (exit code ${exitCode}): ${stderr || stdout}`);
}
