import { join, resolve } from "node:path";
import { manifestFiles, upstreamManifest } from "../../cluster/door.ts";
import { imageReference } from "../../config/images.ts";
import { UserError } from "../../lib/errors.ts";
import { packageFile } from "../../lib/package-file.ts";
import type { Report } from "../../lib/run.ts";
import { machineRootfs } from "../../local/machine-image.ts";
import { platformFacts } from "../../plan/user-data.ts";
import { addAptRepository, type MachinePackage } from "../../toolchain/air-gap/apt-repository.ts";
import { addCacheEntry } from "../../toolchain/air-gap/cache-entries.ts";
import { type Bundle, readBundle, readSigned, sha256Of } from "../../toolchain/air-gap/format.mjs";
import { addImage, type FoundImage, findImages } from "../../toolchain/air-gap/images.ts";
import { refusing } from "../../toolchain/air-gap/in-use.ts";
import { addInstaller } from "../../toolchain/air-gap/installer.ts";
import { addNpmPackages, type LockedPackage } from "../../toolchain/air-gap/npm-packages.ts";
import { addPlugin, pluginOf } from "../../toolchain/air-gap/plugins.ts";
import { type SigningKey, signingKey } from "../../toolchain/air-gap/signing-key.ts";
import { verifyContent } from "../../toolchain/air-gap/verify.ts";
import { BundleWriter, type Written } from "../../toolchain/air-gap/writer.ts";
import { recordKeys } from "../../toolchain/cache.ts";
import { debianSuite } from "../../toolchain/debian-packages.ts";
import { kubectl, kubernetesBinaries } from "../../toolchain/kubernetes.ts";
import { imageNames, registryTree } from "../../toolchain/oci-images.ts";
import { hostPlatform, platformName } from "../../toolchain/platform.ts";
import { pinnedPulumi } from "../../toolchain/pulumi.ts";
import { pluginFolder } from "../engine/state.ts";
import { type LoadedEnvironment, loadEnvironment } from "../environments.ts";
import { runSteps, type Step } from "../steps.ts";
import { addLicences, bomOf } from "./materials.ts";
import { type Needs, needsOf } from "./needs.ts";

export interface BundleOptions {
  environments: readonly string[];
  out: string;
  /** Folder of the bundle that this one is to be the difference from. */
  since?: string;
  /** File of package sources instead of this machine's own. */
  aptSources?: string;
}

/** State that the steps share. */
interface Creation {
  options: BundleOptions;
  report: Report;
  loaded: LoadedEnvironment[];
  needs: Needs;
  key: SigningKey;
  writer: BundleWriter;
  pulumi: string;
  trees: string[];
  /** Folders of the cache. */
  keys: string[];
  images: FoundImage[];
  npm: LockedPackage[];
  debian: MachinePackage[];
  written: Written;
}

export interface Created extends Written {
  folder: string;
  environments: string[];
  images: string[];
  fingerprint: string;
  seconds: number;
}

const steps: readonly Step<Creation>[] = [
  { name: "read the environments", run: readEnvironments },
  { name: "look at the bundle that is there already", run: begin },
  { name: "fetch or build the tools", run: getTools },
  { name: "find every image", run: getImages },
  // Before what takes long: a plugin may be nowhere.
  { name: "add Pulumi's plugins", run: addPlugins },
  { name: "add the installer", run: ({ writer }) => addInstaller(writer, packageFile().version) },
  { name: "add npm packages", run: addPackages },
  { name: "add tools", run: addTools },
  { name: "add images", run: addImages },
  { name: "add machines' packages", run: addMachinePackages },
  { name: "add manifests", run: addManifests },
  { name: "add licences and the bill of materials", run: finish },
];

/** Makes a bundle of all that environments need, or goes on making it. Throws UserError. */
export async function createBundle(options: BundleOptions, report: Report): Promise<Created> {
  const began = performance.now();
  const creation = { options, report } as Creation;
  await runSteps(steps, creation);
  const { written, writer, loaded, images, key } = creation;
  return {
    ...written,
    folder: writer.folder,
    environments: loaded.map(({ name }) => name),
    images: images.map(({ name }) => imageReference(name)),
    fingerprint: key.fingerprint,
    seconds: (performance.now() - began) / 1000,
  };
}

async function readEnvironments(creation: Creation): Promise<void> {
  creation.loaded = await Promise.all(creation.options.environments.map((name) => loadEnvironment(name)));
  creation.needs = needsOf(creation.loaded.map(({ environment }) => environment));
}

async function begin(creation: Creation): Promise<void> {
  const { out, since } = creation.options;
  creation.key = signingKey();
  const base = since === undefined ? undefined : await readBase(since);
  if (base?.folder === resolve(out))
    throw new UserError(`--since and --out both name ${base.folder}`, "name another folder with --out");
  if (base && base.manifest.platform !== platformName(hostPlatform()))
    throw new UserError(`--since: ${base.folder} is for ${base.manifest.platform}`, "name a bundle for this platform");
  creation.writer = new BundleWriter(resolve(out), base, creation.report);
}

/** Reads a base: what it has only by a base of its own is not counted on, so that two folders are always enough. */
const readBase = (since: string): Promise<Bundle> => refusing(() => readSigned(since));

/** Has the toolchain give everything once, and takes what it gave: so nothing that it fetches or builds is forgotten. */
async function getTools(creation: Creation): Promise<void> {
  const { needs, report } = creation;
  const { result, keys } = await recordKeys(async () => {
    const pulumi = await pinnedPulumi(report);
    const trees: string[] = [];
    for (const version of needs.kubernetesVersions) {
      await kubernetesBinaries(version, report);
      await kubectl(version, report);
      if (needs.images.some((image) => madeHere(image, version))) trees.push((await registryTree(version, report)).dir);
    }
    if (needs.onThisHost) await machineRootfs(report);
    return { pulumi, trees };
  });
  Object.assign(creation, result, { keys });
}

const madeHere = (image: Needs["images"][number], version: string): boolean =>
  imageNames(version).some((one) => imageReference(one) === imageReference(image));

async function getImages(creation: Creation): Promise<void> {
  creation.images = await findImages(creation.needs.images, creation.trees);
}

async function addPackages(creation: Creation): Promise<void> {
  const { writer, needs, report } = creation;
  creation.npm = await addNpmPackages(writer, needs.npmPackages, report);
}

async function addTools({ writer, keys, report }: Creation): Promise<void> {
  for (const [index, key] of keys.entries()) {
    report(`adding ${key} (${index + 1} of ${keys.length})`);
    await addCacheEntry(writer, key);
  }
}

async function addPlugins({ writer, needs, pulumi, report }: Creation): Promise<void> {
  const places = { folder: pluginFolder(), pulumi: join(pulumi, "bin", "pulumi") };
  for (const name of needs.pluginPackages) await addPlugin(writer, pluginOf(name), places, report);
}

async function addImages({ writer, images, report }: Creation): Promise<void> {
  for (const [index, image] of images.entries()) {
    report(`adding image ${imageReference(image.name)} (${index + 1} of ${images.length})`);
    await addImage(writer, image, report);
  }
}

async function addMachinePackages(creation: Creation): Promise<void> {
  const { writer, needs, key, options, report } = creation;
  const wanted = { suite: await debianSuite(), packages: needs.machinePackages, sources: options.aptSources };
  creation.debian = await addAptRepository(writer, wanted, key, report);
}

/** Adds what is applied to each cluster, to be read: `up` renders it anew. */
async function addManifests({ writer, loaded }: Creation): Promise<void> {
  for (const { name, environment } of loaded) {
    const facts = platformFacts(environment);
    for (const { path, content } of manifestFiles(facts))
      await writer.addContent({ kind: "manifest", path: `${name}/${path.replace(/^.*\//, "")}` }, content);
    const manifest = upstreamManifest(facts);
    if (manifest) await addUpstreamManifest(writer, name, manifest);
  }
}

async function addUpstreamManifest(
  writer: BundleWriter,
  name: string,
  { url, sha256 }: { url: string; sha256: string },
): Promise<void> {
  const path = `${name}/${url.replace(/^.*\//, "")}`;
  const unreachable = (reason: string) =>
    new UserError(`${name} needs ${url}, which cannot be had: ${reason}`, "make the bundle where it can be reached");
  let answer: Response;
  try {
    answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  } catch (error) {
    throw unreachable((error as Error).message);
  }
  if (!answer.ok) throw unreachable(`it answered ${answer.status}`);
  const content = Buffer.from(await answer.arrayBuffer());
  if (sha256Of(content) !== sha256)
    throw new UserError(
      `${url} has SHA-256 ${sha256Of(content)}, but config/digests.ts states ${sha256}: it is not used`,
      "check the proxy or mirror between here and there, then try again",
    );
  await writer.addContent({ kind: "manifest", path }, content);
}

async function finish(creation: Creation): Promise<void> {
  const { writer, npm, debian, images, keys, key, loaded, report } = creation;
  report("collecting licences");
  const materials = { npm, debian, images, keys, writer };
  const { components, modules } = await bomOf(materials);
  await addLicences(writer, { npm, debian, modules });
  const { version } = packageFile();
  const { cycloneDx } = await import("../../toolchain/air-gap/sbom.ts");
  creation.written = await writer.finish(
    {
      kpaasVersion: version,
      platform: platformName(hostPlatform()),
      debianSuite: await debianSuite(),
      environments: loaded.map(({ name }) => name),
    },
    { "sbom.cdx.json": cycloneDx(version, components, new Date()) },
    key,
  );
  report(`checking ${writer.folder}`);
  await verifyContent(
    await refusing(() => readBundle(writer.folder, creation.options.since ? [creation.options.since] : [])),
    report,
  );
}
