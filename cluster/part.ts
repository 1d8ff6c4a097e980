import type { Environment } from "../config/environment.ts";
import type { ImageDigests } from "../config/images.ts";
import type { MachinePlan } from "../config/machines.ts";
import type { Role } from "../config/roles/index.ts";
import type { KubernetesObject } from "./objects.ts";

/** A part inside the cluster: a folder of this room, listed in `index.ts`. docs/recipes/add-a-cluster-part.md tells how to add one. */
export interface ClusterPart {
  /** Name of its folder and of its manifest. */
  name: string;
  /** Smallest settings that bring it, below `kpaas:environment` of a file that is valid without them. */
  example: Readonly<Record<string, unknown>>;
  /** Tells whether the environment file has it. Nothing else decides: no file on the operator's disk, no state. */
  isIn(environment: Environment): boolean;
  /** Gives the references of the images that it runs, those of `manifest` included. */
  images(facts: ClusterFacts): string[];
  /** Every node pulls its images during first boot, before its pods come. */
  pulledAtFirstBoot?: boolean;
  /** Gives the ports that it needs open; the port table (`config/ports.ts`) opens them. */
  ports?(facts: ClusterFacts): PartPort[];
  /** Databases that it needs, each a consumer in `containerPlatform.database.consumers`. */
  databases?: readonly string[];
  /** Gives its objects, in the order in which they are applied; the same facts give the same objects. */
  objects(facts: ClusterFacts): KubernetesObject[];
  /** Pinned manifest of its makers', which is applied as it is where it has this digest. */
  manifest?: UpstreamManifest;
  /** Checks that tell whether it works: `verify` repeats each until it holds or time is over, `status` asks each once. */
  checks?: readonly PartCheck[];
}

export interface UpstreamManifest {
  url: string;
  /** SHA-256, hex. */
  sha256: string;
}

/** All that a part's objects depend on. */
export interface ClusterFacts {
  environment: Environment;
  /** Every machine of the environment. */
  machines: readonly MachinePlan[];
  /** Path on every worker of the directory that they share; absent where the storage machine serves volumes. */
  sharedVolumePath?: string;
  /** Digests of images that the installer has put into the platform's registry; its parts run these and no others. */
  imageDigests?: ImageDigests;
}

export interface PartPort {
  role: Role;
  protocol: "tcp" | "udp";
  port: number;
}

export interface PartCheck {
  /** Completes the part's name: `pods get volumes`. */
  name: string;
  /** Gives a word on what was seen. Throws an Error that says what is not as it should be. One attempt. */
  run(cluster: ClusterReader, environment: Environment): Promise<string>;
}

/** Reads the Kubernetes API of a running cluster. */
export interface ClusterReader {
  /** Throws where the API answers with anything but a success. */
  get<T>(path: string): Promise<T>;
}
