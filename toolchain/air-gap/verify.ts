import { join } from "node:path";
import type { Report } from "../../lib/run.ts";
import { formatBytes } from "../../lib/terminal.ts";
import { type Bundle, checkBlob, checkContent, type Entry } from "./format.mjs";
import { refusing } from "./in-use.ts";

const reportEverySeconds = 5;

/** Result of looking at all of a bundle. */
export interface Verified {
  blobs: number;
  sizeBytes: number;
}

/** Checks every blob of a bundle, and what is beside the blobs, against the signed manifest. Throws UserError that names the first that differs. */
export async function verifyContent(bundle: Bundle, report: Report): Promise<Verified> {
  const entries = blobEntries(bundle.manifest.entries);
  const total = entries.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  let done = 0;
  let reportedAt = Date.now();
  await refusing(async () => {
    for (const [name, content] of Object.entries(bundle.manifest.files))
      await checkContent(join(bundle.folder, name), content, name);
    for (const entry of entries) {
      await checkBlob(bundle, entry);
      done += entry.sizeBytes ?? 0;
      if (Date.now() - reportedAt < reportEverySeconds * 1000) continue;
      reportedAt = Date.now();
      report(`checking ${bundle.folder}: ${formatBytes(done)} of ${formatBytes(total)}`);
    }
  });
  return { blobs: entries.length, sizeBytes: total };
}

/** Lists entries with content, each content once. */
export function blobEntries(entries: readonly Entry[]): Entry[] {
  const bySha256 = new Map<string, Entry>();
  for (const entry of entries)
    if (entry.sha256 !== undefined && !bySha256.has(entry.sha256)) bySha256.set(entry.sha256, entry);
  return [...bySha256.values()];
}
