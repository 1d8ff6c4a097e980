import { Readable } from "node:stream";
import { type LayoutImage, layoutImages, openBlob, readImage } from "../../lib/oci-layout.ts";
import type { RegistryClient } from "../../lib/registry-client.ts";
import type { Report } from "../../lib/run.ts";
import { formatBytes } from "../../lib/terminal.ts";
import type { Bundle } from "../../toolchain/air-gap/format.mjs";
import { targetOf } from "../registry/image-name.ts";

type Client = Pick<RegistryClient, "hasBlob" | "putBlob" | "putManifest">;

export interface PushedImage {
  /** Name as upstream has it. */
  image: string;
  repository: string;
  tag: string;
  digest: string;
}

/** Puts every image of a bundle into a registry, under its name without the host; what is there is not sent again. Throws UserError. */
export async function pushBundle(
  client: Client,
  { folder, baseFolder }: Bundle,
  report: Report,
): Promise<PushedImage[]> {
  const folders = baseFolder === undefined ? [folder] : [folder, baseFolder];
  const named = [...(await layoutImages(folder))];
  const pushed: PushedImage[] = [];
  for (const [index, [name, descriptor]] of named.entries()) {
    report(`pushing ${name} (${index + 1} of ${named.length})`);
    const image = await readImage(folders, name, descriptor);
    const target = targetOf(name);
    await pushImage(client, folders, image, target, report);
    pushed.push({ image: name, ...target, digest: image.digest });
  }
  return pushed;
}

async function pushImage(
  client: Client,
  folders: readonly string[],
  { documents, blobs, digest }: LayoutImage,
  { repository, tag }: { repository: string; tag: string },
  report: Report,
): Promise<void> {
  for (const { digest: blob, size } of blobs) {
    if (await client.hasBlob(repository, blob)) continue;
    report(`${blob.slice(7, 19)}  ${formatBytes(size)}  is sent`);
    await client.putBlob(repository, { digest: blob, sizeBytes: size }, Readable.from(openBlob(folders, blob)));
  }
  for (const { descriptor, content } of documents)
    await client.putManifest(
      repository,
      descriptor.digest === digest ? tag : descriptor.digest,
      descriptor.mediaType,
      content,
    );
}
