// toolchain/optional-packages-lock.json, from the versions that package.json names: npm resolves them, nothing is installed.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../lib/repository.ts";
import manifest from "../package.json" with { type: "json" };
import { npm } from "../toolchain/npm.ts";
import type { PackageLock } from "../toolchain/package-tree.ts";

const folder = mkdtempSync(join(tmpdir(), "kpaas-optional-lock-"));
const lockIn = (from: string): PackageLock => JSON.parse(readFileSync(join(from, "package-lock.json"), "utf8"));
try {
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(repository, name), join(folder, name));
  const wanted = Object.entries(manifest.peerDependencies).map(([name, version]) => `${name}@${version}`);
  await npm(
    ["install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--save-optional", ...wanted],
    folder,
  );
  const own = lockIn(repository).packages;
  const added = Object.entries(lockIn(folder).packages).filter(([path]) => path !== "" && !(path in own));
  const text = JSON.stringify({ packages: Object.fromEntries(added) }, null, 2);
  writeFileSync(join(repository, "toolchain/optional-packages-lock.json"), `${text}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
