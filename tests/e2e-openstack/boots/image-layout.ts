import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ImageName, imageReference, platformImages } from "../../../config/images.ts";
import { type Descriptor, ociMediaTypes, refName } from "../../../lib/oci-layout.ts";
import type { Report } from "../../../lib/run.ts";
import { findImages, treeBlob } from "../../../toolchain/air-gap/images.ts";
import { cacheDir } from "../../../toolchain/cache.ts";
import { imageNames, registryTree } from "../../../toolchain/oci-images.ts";
import { machinePlatform } from "../../../toolchain/platform.ts";
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
  const linked = new Set<string>();
  const link = (tree: string, digest: string) => {
    if (linked.has(digest)) return;
    linked.add(digest);
    linkSync(treeBlob(tree, digest), join(blobs, digest.slice("sha256:".length)));
  };
  const { os, arch: architecture } = machinePlatform();
  const manifests = found.flatMap((image): Descriptor[] => {
    if (image.tree === undefined) return [];
    const { tree, digest, name } = image;
    const content = readFileSync(treeBlob(tree, digest));
    const { config, layers }: { config: Descriptor; layers: Descriptor[] } = JSON.parse(content.toString());
    for (const part of [digest, config.digest, ...layers.map((layer) => layer.digest)]) link(tree, part);
    const annotations = { [refName]: imageReference(name) };
    return [
      { mediaType: ociMediaTypes.manifest, digest, size: content.length, platform: { os, architecture }, annotations },
    ];
  });
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
}
