// Plain JavaScript: it is what makes the TypeScript run.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);

/**
 * @typedef {object} Program
 * @property {string} root
 * @property {string[]} entries Files below `root` that are started.
 * @property {string[]} sources Folders and files below `root` that hold all that an entry is made of.
 */

/** @type {Program} */
export const kpaas = {
  root: dirname(import.meta.dirname),
  entries: ["cli/main.ts", "policy-pack/pack.ts", "program/plain.ts", "provider/main.ts"],
  sources: [
    "bosh",
    "cli",
    "cluster",
    "components",
    "config",
    "lib",
    "local",
    "operations",
    "package.json",
    "plan",
    "policies",
    "policy-pack",
    "program",
    "provider",
    "report",
    "stacks",
    "toolchain",
  ],
};

/**
 * Runs an entry. A few hundred small files, each through a loader, take Node.js a second; bundled, which takes a fifth of one and is
 * done anew when a file has changed, they take a tenth.
 *
 * @param {string} entry
 */
export async function load(entry) {
  if (!isPlainEngine()) deferCompilers();
  return import(pathToFileURL(join(await ready(kpaas), entry.replace(/\.ts$/, ".mjs"))).href);
}

/** @param {Program} program */
async function ready(program) {
  try {
    return await bundled(program);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`error: kpaas cannot be made ready to run: ${message}`);
    // A system call failed; else esbuild names the source and its line.
    const cannotWrite = error instanceof Error && "syscall" in error;
    console.error(
      cannotWrite
        ? `next: ./kpaas version   (once, as whoever may write to ${join(kpaas.root, "node_modules")})`
        : "next: git status   (and take back what was changed there); npm ci where a package is missing",
    );
    process.exit(2);
  }
}

/**
 * Gives the folder with a program's bundles. It lies beside the packages, because Node.js looks for those from where
 * the bundle is.
 *
 * @param {Program} program
 */
export async function bundled(program) {
  const cache = join(program.root, "node_modules/.cache/kpaas");
  const folder = join(cache, digest(program.root, ...fingerprints(program)));
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  try {
    await bundle(program, unfinished);
    // Others run what one user installed.
    await chmod(unfinished, 0o755);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true });
    // The second of two that bundle at once finds it there.
    if (!existsSync(folder)) throw error;
  }
  await forgetOthers(cache, folder);
  return folder;
}

/** @param {string[]} texts */
const digest = (...texts) => createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 12);

/**
 * Gives a text for each file that can be a part of a program. It tells the file from what it was, as make does: by when
 * it was written.
 *
 * @param {Program} program
 */
function fingerprints({ root, sources }) {
  return sources
    .flatMap((source) => (statSync(join(root, source)).isDirectory() ? filesIn(root, source) : source))
    .map((path) => {
      const { mtimeMs, size } = statSync(join(root, path));
      return `${path} ${mtimeMs} ${size}`;
    });
}

/**
 * @param {string} root
 * @param {string} folder
 */
const filesIn = (root, folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /(?<!\.test)\.(ts|mjs|json)$/.test(path))
    .map((path) => join(folder, path));

/**
 * @param {Program} program
 * @param {string} folder
 */
async function bundle({ root, entries, sources }, folder) {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: folder,
    outbase: root,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // A command's own files, and a cloud's SDK, are read only where they are needed.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: "linked",
    metafile: true,
    logLevel: "silent",
    plugins: [{ name: "own place", setup: (build) => build.onLoad({ filter: /\.(ts|mjs)$/ }, ownPlace) }],
  });
  const unwatched = Object.keys(metafile.inputs).filter((path) => !sources.includes(path.split("/")[0] ?? ""));
  if (unwatched.length > 0) throw new Error(`${unwatched.join(", ")}: not in a folder that is watched for changes`);
}

/**
 * Lets a source find its neighbours where it is, not where the bundle is.
 *
 * @param {{ path: string }} file
 */
function ownPlace({ path }) {
  const source = readFileSync(path, "utf8");
  const contents = source
    .replaceAll("import.meta.dirname", JSON.stringify(dirname(path)))
    .replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href));
  return { contents, loader: /** @type {const} */ ("ts") };
}

const dayMilliseconds = 24 * 3600 * 1000;

/**
 * Removes other bundles, but none of the last day: another process may be running it.
 *
 * @param {string} cache
 * @param {string} current
 */
async function forgetOthers(cache, current) {
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name);
    const isOld = Date.now() - statSync(folder).mtimeMs > dayMilliseconds;
    if (folder !== current && isOld) await rm(folder, { recursive: true, force: true });
  }
}

/** Tells the same as in operations/engine/shortcuts.ts, which lists what this is asked for. */
const isPlainEngine = () => process.env.KPAAS_PLAIN_ENGINE === "1";

/**
 * Has two modules read only when somebody asks for something of theirs: shortcut `deferred-compilers`. As it starts,
 * @pulumi/pulumi reads a compiler and npm's reader of package trees, which takes half its time, for functions that are
 * serialised into resources. There are none here.
 */
function deferCompilers() {
  const ofPulumi = createRequire(require.resolve("@pulumi/pulumi/package.json"));
  for (const name of ["./typescript-shim.js", "@npmcli/arborist"]) {
    const path = ofPulumi.resolve(name);
    if (require.cache[path]) continue;
    const whole = () => {
      delete require.cache[path];
      return ofPulumi(path);
    };
    // Taken for an ES module it is handed on as it is; the copy that is made of others would ask for all it has.
    const exports = new Proxy({}, { get: (_, key) => (key === "__esModule" ? true : whole()[key]) });
    require.cache[path] = Object.assign(new Module(path), { exports, loaded: true });
  }
}
