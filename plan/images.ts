import { neededImages } from "../cluster/images.ts";
import type { Environment } from "../config/environment.ts";
import { filledHosts, fillSources, type ImageSource, imageSources, sourceName } from "../config/image-sources.ts";
import { platformFacts } from "./user-data.ts";

/** An image that the environment needs, and the registries that nodes ask for it. */
export interface PlannedImage {
  /** Upstream's name, as manifests have it. */
  reference: string;
  /** Upstream's digest where it is known. */
  digest?: string;
  /** Reason why it is not. */
  digestUnknown?: string;
  neededBy: string[];
  /** Registries in the order in which they are asked: the first that has the image gives it. */
  sources: PlannedSource[];
  /** Registries that the installer asks, in their order, to put the image into the platform's; absent where it does not. */
  filledFrom?: PlannedSource[];
}

export interface PlannedSource {
  kind: "platform" | "mirror" | "upstream";
  registry: string;
}

/** Lists every image of an environment with where it comes from. */
export function plannedImages(environment: Environment): PlannedImage[] {
  const filled = filledHosts(environment);
  return neededImages(platformFacts(environment)).map(({ host, reference, digest, neededBy }) => ({
    reference,
    ...(typeof digest === "string" ? { digest } : { digestUnknown: digest.reason }),
    neededBy,
    sources: imageSources(environment, host).map(planned),
    ...(filled.includes(host) ? { filledFrom: fillSources(environment, host).map(planned) } : {}),
  }));
}

const planned = (source: ImageSource): PlannedSource => ({ kind: source.kind, registry: sourceName(source) });
