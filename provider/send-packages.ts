import { readFile } from "node:fs/promises";
import { UserError } from "../lib/errors.ts";
import { retry } from "../lib/retry.ts";
import { tarOf } from "../lib/tar.ts";
import { formatBytes } from "../lib/terminal.ts";
import { connect } from "./connect.ts";
import { packagesInUse, type RepositoryFile } from "./package-bundle.ts";
import type { Context } from "./resource.ts";
import type { Connection } from "./sdk.ts";

/** Place of a package repository on the machine that serves it. */
export interface RepositoryPlace {
  machineName: string;
  connection: Connection;
  /** Its link `current` leads to the whole of one repository, whatever is under way. */
  folder: string;
}

/** Files of about so much travel together. What has arrived stays when a run is killed. */
const batchBytes = 16 * 2 ** 20;

const begin = `set -eu
umask 022
cd "$1"
settle() {
  for blob in incoming/*; do
    [ -f "$blob" ] || continue
    name=\${blob#incoming/}
    if echo "$name  $blob" | sha256sum --check --status; then mv "$blob" "blobs/$name"; else rm "$blob"; fi
  done
}
`;

/** Lists what is there by digest, and takes what a run that was killed has left. */
const listScript = `${begin}mkdir -p blobs incoming
settle
ls blobs`;

const takeScript = `${begin}tar -x -f - --no-same-owner -C incoming
settle`;

/** Makes the whole repository of what is there, and only then has the link lead to it; removes what is no more in it. */
const publishScript = `${begin}rm -rf next
mkdir -p next trees
while read -r blob path; do
  mkdir -p "next/$(dirname "$path")"
  ln "blobs/$blob" "next/$path"
done
rm -rf "trees/$2"
mv next "trees/$2"
sync
ln -sfn "trees/$2" current.next
mv -T current.next current
for tree in trees/*; do [ "$tree" = "trees/$2" ] || rm -rf "$tree"; done
for blob in blobs/*; do [ "$(stat -c %h "$blob")" -gt 1 ] || rm "$blob"; done`;

/** Gives the revision of the repository that a machine has; undefined where it has none. */
export async function publishedRevision(place: RepositoryPlace, signal: AbortSignal): Promise<string | undefined> {
  const { stdout } = await command(place, ["sh", "-c", 'readlink "$1/current" || true', "sh", place.folder], signal);
  return /^trees\/([0-9a-f]{64})$/.exec(stdout.trim())?.[1];
}

/**
 * Has a machine have the repository of this revision, from the bundle in use. What it has already is not sent again. Its folder comes with
 * its data disk, which is waited for. Throws UserError.
 */
export async function sendPackages(
  place: RepositoryPlace,
  revision: string,
  timeoutSeconds: number,
  { signal, report }: Pick<Context, "signal" | "report">,
): Promise<void> {
  const { machineName, folder } = place;
  const bounded = <T>(what: string, attempt: (signal: AbortSignal) => Promise<T>) =>
    retry({ timeoutSeconds, signal, what: `${machineName} ${what}` }, attempt);
  report(`waiting for the data disk of ${machineName}`);
  await bounded("to have its data disk", (signal) => command(place, ["test", "-d", folder], signal));
  if ((await bounded("to tell its packages", (signal) => publishedRevision(place, signal))) === revision) return;
  const packages = packagesInUse();
  if (packages?.revision !== revision)
    throw new UserError(
      `${machineName} is to serve packages that it has not, and no bundle is in use that has them`,
      "run up with the bundle that it was last run with, or a newer one: ./kpaas up ENVIRONMENT --bundle DIR",
    );
  const script = (text: string) => ["sh", "-c", text, "sh", folder, revision];
  const lacking = async () => {
    const { stdout } = await bounded("to list its packages", (signal) => command(place, script(listScript), signal));
    const there = new Set(stdout.split("\n"));
    return [...new Map(packages.files.map((file) => [file.sha256, file])).values()].filter(
      ({ sha256 }) => !there.has(sha256),
    );
  };
  const missing = await lacking();
  const sent: RepositoryFile[] = [];
  for (const batch of batches(missing)) {
    const bytes = `${formatBytes(sizeOf(sent))} of ${formatBytes(sizeOf(missing))}`;
    report(`sending packages: ${sent.length} of ${missing.length} files, ${bytes}`);
    const archive = await tarOf(await contentsOf(batch));
    await bounded("to take packages", (signal) => command(place, script(takeScript), signal, archive));
    sent.push(...batch);
  }
  const [damaged] = missing.length > 0 ? await lacking() : [];
  if (damaged)
    throw new UserError(
      `apt ${damaged.path} did not arrive as it was signed: ${damaged.file} is damaged, or the disk of ${machineName} is`,
      "check the bundle: ./kpaas bundle verify DIR",
    );
  const list = Buffer.from(packages.files.map(({ sha256, path }) => `${sha256} ${path}\n`).join(""));
  await bounded("to publish its packages", (signal) => command(place, script(publishScript), signal, list));
}

const sizeOf = (files: readonly RepositoryFile[]): number => files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

function batches(files: readonly RepositoryFile[]): RepositoryFile[][] {
  const all: RepositoryFile[][] = [];
  let size = 0;
  for (const file of files) {
    if (all.length === 0 || size + file.sizeBytes > batchBytes) {
      all.push([]);
      size = 0;
    }
    all.at(-1)?.push(file);
    size += file.sizeBytes;
  }
  return all;
}

async function contentsOf(
  files: readonly RepositoryFile[],
): Promise<Record<string, { content: Buffer; mode: number }>> {
  const entries: [string, { content: Buffer; mode: number }][] = [];
  for (const { sha256, file } of files) entries.push([sha256, { content: await readFile(file), mode: 0o644 }]);
  return Object.fromEntries(entries);
}

async function command({ connection }: RepositoryPlace, argv: string[], signal: AbortSignal, stdin?: Buffer) {
  const transport = await connect(connection);
  const result = await transport.exec(argv, { signal, ...(stdin ? { stdin } : {}) });
  if (result.exitCode !== 0) throw new Error(result.stderr.trim() || `exit code ${result.exitCode}`);
  return result;
}
