// Run by ./kpaas where the npm packages are missing, with the command's arguments: plain JavaScript, Node.js alone.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkBlob, Refusal, readBundle } from "./format.mjs";
import { npmOptions, serveNpmPackages } from "./npm-registry.mjs";
import { trust } from "./trust.mjs";

/** Exit code that says: no bundle is named, so npm may ask its registry. */
const noBundle = 3;

/**
 * Finds the bundle that a command names, before anything can read its arguments properly.
 *
 * @param {readonly string[]} given
 */
export function bundleIn(given) {
  const end = given.indexOf("--");
  const words = end < 0 ? given : given.slice(0, end);
  const values = (/** @type {string} */ option) =>
    words.flatMap((word, index) => {
      if (word.startsWith(`--${option}=`)) return word.slice(option.length + 3);
      return word === `--${option}` ? (words[index + 1] ?? []) : [];
    });
  const operands = words[0] === "bundle" && words[1] === "verify" ? words.slice(2, 3) : [];
  const since = [...values("since"), ...(process.env.KPAAS_BUNDLE_SINCE?.split(":") ?? [])];
  return { folder: values("bundle")[0] ?? operands[0] ?? process.env.KPAAS_BUNDLE, since, key: values("key")[0] };
}

async function main() {
  const { folder, since, key } = bundleIn(process.argv.slice(2));
  if (!folder) return noBundle;
  const bundle = readBundle(folder, since);
  console.error(trust(bundle.manifest, key).said);
  for (const entry of bundle.manifest.entries) if (entry.kind === "npm") await checkBlob(bundle, entry);
  return installPackages(bundle);
}

/** @param {import("./format.mjs").Bundle} bundle */
async function installPackages(bundle) {
  const { url, stop } = await serveNpmPackages(bundle);
  // npm's own cache may know the same packages from elsewhere; this way nothing but the bundle is asked.
  const cache = mkdtempSync(join(tmpdir(), "kpaas-npm-"));
  try {
    const quietly = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
    const words = ["ci", "--omit=dev", ...quietly, ...npmOptions(url), `--cache=${cache}`];
    const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
    const npm = spawn("npm", words, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
    const [code] = await once(npm, "close");
    return code === 0 ? 0 : 2;
  } finally {
    await stop();
    rmSync(cache, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(`error: ${error.message}\nnext: ${error.next}`);
    process.exitCode = 2;
  }
