import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { UserError } from "../../lib/errors.ts";
import { CommandFailed, type Report, run } from "../../lib/run.ts";
import { machinePlatform } from "../platform.ts";
import { sha256Of } from "./format.mjs";
import { detachedSignature, type OpenPgpKey, publicKeyBlock } from "./openpgp.ts";
import type { SigningKey } from "./signing-key.ts";
import type { BundleWriter } from "./writer.ts";

/** A Debian package that a bundle brings. */
export interface MachinePackage {
  name: string;
  version: string;
  /** Field by name, as its control file has them. */
  fields: Record<string, string>;
  /** Text of its licences, as Debian's packages carry it. */
  copyright?: string;
}

export interface PackagesWanted {
  suite: string;
  packages: readonly string[];
  /** File of package sources instead of this machine's own. */
  sources?: string;
}

/**
 * Adds an apt repository of packages and all that they depend on, whatever a machine has already: index, and a signature that apt
 * knows. Throws UserError.
 */
export async function addAptRepository(
  writer: BundleWriter,
  { suite, packages, sources }: PackagesWanted,
  key: SigningKey,
  report: Report,
): Promise<MachinePackage[]> {
  const folder = join(await writer.draftFolder(), "apt");
  report(`fetching ${packages.length} packages of machines, and what they depend on`);
  const archives = await fetchPackages(folder, packages, sources);
  const found: MachinePackage[] = [];
  const stanzas: string[] = [];
  for (const archive of (await readdir(archives)).filter((name) => name.endsWith(".deb")).sort()) {
    const file = join(archives, archive);
    const { control, fields } = await controlOf(file);
    const { Package: name = "", Version: version = "" } = fields;
    // As Debian names them in its own pool: without the epoch.
    const path = `pool/${archive.replace(/_\d+%3a/i, "_")}`;
    const { sha256 } = await writer.addFile({ kind: "apt", path, version }, file);
    stanzas.push(packageStanza(control, { path, sizeBytes: (await stat(file)).size, sha256: sha256 ?? "" }));
    found.push({ name, version, fields, copyright: await copyrightOf(file, name, folder) });
  }
  for (const [path, content] of Object.entries(
    aptIndex(suite, machinePlatform().arch, stanzas, new Date(), openPgp(key)),
  ))
    await writer.addContent({ kind: "apt", path }, content);
  await rm(folder, { recursive: true });
  return found;
}

const openPgp = ({ privateKey, madeAt }: SigningKey): OpenPgpKey => ({
  privateKey,
  madeAt,
  userId: "kpaas bundle <kpaas@localhost>",
});

/** Has apt fetch packages into a folder of its own, as for a machine that has none. */
async function fetchPackages(folder: string, packages: readonly string[], sources?: string): Promise<string> {
  const [state, cache] = [join(folder, "state"), join(folder, "cache")];
  await mkdir(join(state, "lists", "partial"), { recursive: true });
  await mkdir(join(cache, "archives", "partial"), { recursive: true });
  const status = join(state, "status");
  await writeFile(status, "");
  const options = [
    `Dir::State=${state}`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${cache}`,
    "APT::Sandbox::User=root",
    "Debug::NoLocking=1",
    `APT::Architecture=${machinePlatform().arch}`,
    ...(sources ? [`Dir::Etc::sourcelist=${sources}`, "Dir::Etc::sourceparts=-"] : []),
  ].flatMap((option) => ["-o", option]);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  try {
    await run("apt-get", [...options, "-qq", "update"], { env });
    const words = ["install", "--download-only", "--no-install-recommends", "-qq", "-y", ...packages];
    await run("apt-get", [...options, ...words], { env });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(
      `packages of machines could not be fetched: ${error.message}`,
      "see that `apt-get update` works here; --apt-sources FILE names other package sources",
    );
  }
  return join(cache, "archives");
}

async function controlOf(file: string): Promise<{ control: string; fields: Record<string, string> }> {
  const control = (await run("dpkg-deb", ["--field", file])).trim();
  const fields = Object.fromEntries([...control.matchAll(/^(\S+?): ?(.*)$/gm)].map(([, name, value]) => [name, value]));
  return { control, fields };
}

async function copyrightOf(file: string, name: string, folder: string): Promise<string | undefined> {
  const target = join(folder, "doc");
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const path = `./usr/share/doc/${name}/copyright`;
  const script = 'dpkg-deb --fsys-tarfile "$1" | tar -xf - -C "$2" "$3"';
  await run("sh", ["-c", script, "sh", file, target, path]).catch(() => undefined);
  // A link leads to another package's, which has the text.
  return readFile(join(target, path), "utf8").catch(() => undefined);
}

/** Renders a package's part of an index of a repository. */
export function packageStanza(control: string, file: { path: string; sizeBytes: number; sha256: string }): string {
  return `${control}\nFilename: ${file.path}\nSize: ${file.sizeBytes}\nSHA256: ${file.sha256}\n`;
}

/** Renders the files of a signed apt repository beside its packages, by their paths. */
export function aptIndex(
  suite: string,
  architecture: string,
  stanzas: readonly string[],
  at: Date,
  key: OpenPgpKey,
): Record<string, Buffer | string> {
  const list = Buffer.from(stanzas.join("\n"));
  const indexes = {
    [`main/binary-${architecture}/Packages`]: list,
    [`main/binary-${architecture}/Packages.gz`]: gzipSync(list),
  };
  const checksums = Object.entries(indexes).map(([path, content]) => ` ${sha256Of(content)} ${content.length} ${path}`);
  const release = [
    "Origin: kpaas",
    "Label: kpaas",
    `Suite: ${suite}`,
    `Codename: ${suite}`,
    `Date: ${at.toUTCString().replace("GMT", "UTC")}`,
    `Architectures: ${architecture}`,
    "Components: main",
    "SHA256:",
    ...checksums,
    "",
  ].join("\n");
  const below = Object.entries({
    ...indexes,
    Release: release,
    "Release.gpg": detachedSignature(key, Buffer.from(release), at),
  }).map(([path, content]) => [`dists/${suite}/${path}`, content]);
  return { ...Object.fromEntries(below), "kpaas.asc": publicKeyBlock(key) };
}
