import { readdir, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { cacheDir } from "../cache.ts";
import type { Entry } from "./format.mjs";
import type { BundleWriter } from "./writer.ts";

/** Licences of what the toolchain fetches or builds, by the name that its folder of the cache begins with. */
const licences: Record<string, string> = {
  "image-tools": "GPL-2.0-only AND GPL-2.0-or-later",
  "local-path-provisioner": "Apache-2.0",
  "registry-tree": "Apache-2.0 AND GPL-2.0-only AND GPL-2.0-or-later",
  coredns: "Apache-2.0",
  etcd: "Apache-2.0",
  flannel: "Apache-2.0",
  kubectl: "Apache-2.0",
  kubernetes: "Apache-2.0",
  pause: "Apache-2.0",
  pulumi: "Apache-2.0",
};

/** Gives name, version and licence of a folder of the cache. A base image of Debian's packages has the licences of all of them. */
export function describeKey(key: string): Pick<Entry, "version" | "licence"> & { name: string } {
  const [, name = key, version] =
    /^(.+?)(?:-(?:go|release))?-([^-]+)-(?:(?:linux|darwin)-(?:amd64|arm64)|any)-[0-9a-f]{12}$/.exec(key) ?? [];
  return { name, version, licence: licences[name] };
}

/** Adds a folder of the cache, file by file: what two of them share is in the bundle once. */
export async function addCacheEntry(writer: BundleWriter, key: string): Promise<void> {
  const { version, licence } = describeKey(key);
  await addFolder(writer, join(cacheDir(), key), { kind: "cache", key, version, licence });
}

/** Adds all of a folder: files, symbolic links, empty folders. What is none of these, such as a device, no program needs. */
export async function addFolder(writer: BundleWriter, folder: string, entry: Omit<Entry, "path">): Promise<void> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.map((one) => ({ one, file: join(one.parentPath, one.name) }));
  const parents = new Set(found.map(({ parentPath }) => parentPath));
  for (const { one, file } of paths.sort((a, b) => (a.file < b.file ? -1 : 1))) {
    const path = relative(folder, file);
    if (one.isFile()) await writer.addFile({ ...entry, path }, file);
    else if (one.isSymbolicLink()) writer.addPlace({ ...entry, path, linkTo: await readlink(file) });
    else if (one.isDirectory() && !parents.has(file)) writer.addPlace({ ...entry, path, folder: true });
  }
}
