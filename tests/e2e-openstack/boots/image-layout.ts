import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ImageName, imageReference, platformImages } from "../../../config/images.ts";
import { type Descriptor, refName } from "../../../lib/oci-layout.ts";
import type { Report } from "../../../lib/run.ts";
import { findImages, treeImage } from "../../../toolchain/air-gap/images.ts";
import { cacheDir } from "../../../toolchain/cache.ts";
import { imageNames, registryTree } from "../../../toolchain/oci-images.ts";
import { nfsProvisionerTree } from "./nfs-provisioner.ts";

/** The layout's folder: beside the trees, whose files are linked into it. */
export const imageLayout = (): string => join(cacheDir(), "devcloud", "image-layout");

/**
 * Makes an OCI image layout with all images of an environment, from which `up` fills the platform's registry: upstream's registries
 * cannot be reached, and these images are made here.
 */
export async function writeImageLayout(kubernetesVersion: string, report: Report): Promise<void> {
  const trees = [(await registryTree(kubernetesVersion, report)).dir, await nfsProvisionerTree(report)];
  const names: ImageName[] = [...imageNames(kubernetesVersion), platformImages.nfsProvisioner];
  const found = await findImages(
    names.map((name) => ({ ...name, madeHere: true })),
    trees,
  );
  const folder = imageLayout();
  rmSync(folder, { recursive: true, force: true });
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const manifests: Descriptor[] = [];
  const files = new Map<string, string>();
  for (const image of found) {
    if (image.tree === undefined) continue;
    const { content, descriptor, blobs: parts } = await treeImage(image.tree, image.digest);
    manifests.push({ ...descriptor, annotations: { [refName]: imageReference(image.name) } });
    writeFileSync(join(blobs, hexOf(image.digest)), content);
    for (const { digest, file } of parts) files.set(digest, file);
  }
  for (const [digest, file] of files) linkSync(file, join(blobs, hexOf(digest)));
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
}

const hexOf = (digest: string): string => digest.slice("sha256:".length);
