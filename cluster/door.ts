import { toYamlDocuments } from "../lib/yaml.ts";
import { partsOf } from "./index.ts";
import type { ClusterFacts, UpstreamManifest } from "./part.ts";

// The one door into the cluster: objects get in through what this file gives, and nowhere else. Today that is manifests in the
// first master's user-data, which its first boot applies. docs/decisions/0009-one-door-into-the-cluster.md tells why.

/** Folder in which the first master has the manifests. */
export const manifestFolder = "/etc/kpaas/addons";

export interface ManifestFile {
  path: string;
  content: string;
}

/** Renders manifests for `kubectl apply -f`, one for each part with objects of its own. */
export function manifestFiles(facts: ClusterFacts): ManifestFile[] {
  return partsOf(facts.environment).flatMap(({ name, objects }) => {
    const documents = objects(facts);
    if (documents.length === 0) return [];
    return [{ path: `${manifestFolder}/${name}.yaml`, content: toYamlDocuments(documents) }];
  });
}

/** Gives the makers' manifest that is applied besides; first boot takes one at most. */
export function upstreamManifest({ environment }: ClusterFacts): UpstreamManifest | undefined {
  const [manifest, ...more] = partsOf(environment).flatMap(({ manifest }) => manifest ?? []);
  if (more.length > 0)
    throw new Error(`first boot applies one manifest of upstream's, not also ${more.map(({ url }) => url).join(", ")}`);
  return manifest;
}
