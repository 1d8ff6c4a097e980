import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import { extract, pack } from "tar-stream";
import { withLock } from "../../../lib/lock.ts";
import { type Report, run } from "../../../lib/run.ts";
import { connectContainerEngine } from "../../../local/container-engine.ts";
import { containerExec } from "../../../local/exec.ts";
import { removeMachine } from "../../../local/machine.ts";
import { ensureMachineImage, hasImage } from "../../../local/machine-image.ts";

/**
 * Packages of official cloud images that `local`'s machine image, which nobody logs in to, has none of; and what an NFS client in
 * user space is made of, as the kernel of a test machine may have none.
 */
const packages = ["openssh-server", "sudo", "python3-fusepy"];

const files = join(import.meta.dirname, "image");

/** Puts things right that packages do only on a running system, and makes every machine's host keys its own. */
const finish = `
export DEBIAN_FRONTEND=noninteractive
dpkg --install /opt/debs/*.deb
rm -rf /opt/debs /etc/ssh/ssh_host_* /var/lib/cloud /run/cloud-init
mkdir -p /var/lib/cloud/seed/config_drive
systemctl enable ssh cloud-network
`;

/** Gives the image of a machine of an official image's kind: `local`'s with an SSH server, which cloud-init lets a key in to. */
export async function ensureCloudImage(kubernetesVersion: string, report: Report): Promise<string> {
  const from = await ensureMachineImage("machine", kubernetesVersion, report);
  const recipe = [
    from,
    ...packages,
    finish,
    ...imageFiles().flatMap((path) => [path, mode(path), content(path).toString()]),
  ];
  const tag = createHash("sha256").update(recipe.join("\n")).digest("hex").slice(0, 12);
  const reference = `kpaas-openstack-machine:${tag}`;
  await withLock(
    `image ${reference}`,
    async () => (await hasImage(reference)) || build(from, reference, report),
    report,
  );
  return reference;
}

async function build(from: string, reference: string, report: Report): Promise<void> {
  const [repo = "", tag = ""] = reference.split(":");
  report(`making the image ${repo}`);
  const engine = await connectContainerEngine();
  const name = `${repo}-build`;
  const folder = await mkdtemp(join(tmpdir(), "kpaas-cloud-image-"));
  await removeMachine(name);
  try {
    const container = await engine.createContainer({ name, Image: from, Cmd: ["sleep", "infinity"] });
    await container.putArchive(await addition(container, folder), { path: "/" });
    await container.start();
    const { exitCode, stdout, stderr } = await containerExec(engine, name, ["sh", "-eu", "-c", finish]);
    if (exitCode !== 0) throw new Error(`${reference} could not be made: ${stdout}${stderr}`);
    await container.commit({ repo, tag });
  } finally {
    await removeMachine(name);
    await rm(folder, { recursive: true });
  }
}

/** Packs the packages that the container lacks, and what replaces files of its own. */
async function addition(container: Docker.Container, folder: string): Promise<NodeJS.ReadableStream> {
  const archive = pack();
  const debs = await fetchDebs(container, folder);
  for (const deb of debs) archive.entry({ name: `opt/debs/${deb}` }, readFileSync(join(folder, deb)));
  for (const path of imageFiles()) archive.entry({ name: path, mode: mode(path) }, content(path));
  archive.finalize();
  return archive;
}

/** Fetches with this machine's apt what the container's packages leave out: both are of one release. */
async function fetchDebs(container: Docker.Container, folder: string): Promise<string[]> {
  const chunks: Buffer[] = [];
  const reader = extract();
  reader.on("entry", (_, stream, next) => {
    stream.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", next);
  });
  await pipeline(await container.getArchive({ path: "/var/lib/dpkg/status" }), reader);
  const status = join(folder, "status");
  await writeFile(status, Buffer.concat(chunks));
  mkdirSync(join(folder, "partial"));
  await run("apt-get", [
    ...["-o", `Dir::State::status=${status}`, "-o", `Dir::Cache::archives=${folder}`, "-o", "Debug::NoLocking=1"],
    ...["install", "--yes", "--quiet", "--no-install-recommends", "--download-only", ...packages],
  ]);
  return (await readdir(folder)).filter((file) => file.endsWith(".deb"));
}

const filesBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

const imageFiles = (): string[] => filesBelow(files);

const mode = (path: string): number => (statSync(join(files, path)).mode & 0o100 ? 0o755 : 0o644);

const content = (path: string): Buffer => readFileSync(join(files, path));
