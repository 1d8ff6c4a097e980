import type { Environment } from "../config/environment.ts";
import { calico } from "./calico/index.ts";
import { clusterDns } from "./cluster-dns/index.ts";
import { flannel } from "./flannel/index.ts";
import type { ClusterPart } from "./part.ts";
import { storage } from "./storage/index.ts";

/** Every part that a cluster can have, in the order in which they are applied. */
export const clusterParts: readonly ClusterPart[] = [clusterDns, flannel, calico, storage];

/** Gives the parts that an environment has. */
export function partsOf(environment: Environment): ClusterPart[] {
  return clusterParts.filter((part) => part.isIn(environment));
}
