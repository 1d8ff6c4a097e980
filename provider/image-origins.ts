import { z } from "zod";
import { UserError } from "../lib/errors.ts";
import { indexMediaTypes, layoutImage, openBlob } from "../lib/oci-layout.ts";
import type { Blob } from "../lib/registry-client.ts";
import { RegistrySource, type SourceAccess, type SourceManifest, SourceRefusal } from "../lib/registry-source.ts";

/** An image's name, upstream's and in the platform's registry. */
export interface FilledImage {
  /** `docker.io/library/busybox:1.36`. */
  reference: string;
  repository: string;
  tag: string;
}

/** An image as an origin has it. */
export interface OriginImage {
  /** Manifests and indexes in the order in which a registry takes them; the last gets the tag. */
  manifests: SourceManifest[];
  /** Configurations and layers, each once. */
  blobs: Blob[];
  open(digest: string): Promise<AsyncIterable<Buffer>>;
}

/** A place from which this machine has images. */
export interface ImageOrigin {
  name: string;
  /** Gives an image. Throws SourceRefusal, whose message is what the origin said. */
  image(image: FilledImage): Promise<OriginImage>;
  close(): void;
}

const descriptorForm = z.object({
  mediaType: z.string().optional(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number(),
  platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
});
const indexForm = z.object({ manifests: z.array(descriptorForm) });
const manifestForm = z.object({ config: descriptorForm, layers: z.array(descriptorForm) });

/** Makes an origin of a registry, which gives the images of one architecture. */
export function registryOrigin(access: SourceAccess, architecture: string): ImageOrigin {
  const source = new RegistrySource(access);
  return {
    name: access.base.replace(/^https:\/\/([^/]+)\/v2/, "$1"),
    async image({ repository, tag }) {
      const first = await source.manifest(repository, tag);
      const manifest = indexMediaTypes.includes(first.mediaType)
        ? await source.manifest(repository, digestFor(architecture, first))
        : first;
      const { config, layers } = parsed(manifest, manifestForm);
      const blobs = new Map([config, ...layers].map(({ digest, size }) => [digest, { digest, sizeBytes: size }]));
      return {
        manifests: [manifest],
        blobs: [...blobs.values()],
        open: (digest) => source.blob(repository, digest),
      };
    },
    close: () => source.close(),
  };
}

/** Finds the manifest of a platform in an index. */
function digestFor(architecture: string, index: SourceManifest): string {
  const { manifests } = parsed(index, indexForm);
  const found = manifests.find(({ platform }) => platform?.os === "linux" && platform.architecture === architecture);
  if (found) return found.digest;
  throw new SourceRefusal(`it has the image for other machines than linux/${architecture}`);
}

function parsed<T extends z.ZodType>({ content, digest }: SourceManifest, form: T): z.infer<T> {
  try {
    return form.parse(JSON.parse(content.toString()));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      throw new SourceRefusal(`its manifest ${digest} is not one that is known here`);
    throw error;
  }
}

/**
 * Makes an origin of an OCI image layout that names images as upstream does: a folder, or folders of which each has a part of the blobs,
 * as those of a bundle and of the one that it is the difference from.
 */
export function layoutOrigin(...folders: [string, ...string[]]): ImageOrigin {
  return {
    name: folders[0],
    async image({ reference }) {
      const image = await told(layoutImage(folders, reference));
      if (!image) throw new SourceRefusal("it has no image of this name");
      return {
        manifests: image.documents.map(({ descriptor: { mediaType, digest }, content }) => ({
          mediaType,
          digest,
          content,
        })),
        blobs: image.blobs.map(({ digest, size }) => ({ digest, sizeBytes: size })),
        open: async (digest) => openBlob(folders, digest),
      };
    },
    close: () => {},
  };
}

/** Puts what is wrong with a folder as what the origin said. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UserError) throw new SourceRefusal(error.message);
    throw error;
  }
}
