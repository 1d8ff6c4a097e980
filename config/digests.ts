import kubernetes from "./kubernetes-digests.json" with { type: "json" };
import { versions } from "./versions.ts";

// What official downloads must be, as SHA-256 in hex: known before anything is fetched, from another place than the one that serves it.
// docs/downloads.md has the sources, and what has no digest here.

export type Architecture = "amd64" | "arm64";

type ProgramDigests = Record<Architecture, Record<string, string>>;

/** Digests of Kubernetes' released programs by version: of those that machines fetch themselves, and of kubectl. */
const kubernetesDigests: Readonly<Record<string, ProgramDigests>> = kubernetes;

/** Kubernetes versions whose digests are known. */
export const versionsWithDigests: readonly string[] = Object.keys(kubernetesDigests);

/** Gives the digest of a released program for Linux; undefined where it is not known. */
export const kubernetesDigest = (version: string, architecture: Architecture, program: string): string | undefined =>
  kubernetesDigests[version]?.[architecture][program];

/** Renders a version's digests for scripts: `amd64/kubelet=...`, a blank between; empty where they are not known. */
export function kubernetesDigestWords(version: string): string {
  return Object.entries(kubernetesDigests[version] ?? {})
    .flatMap(([architecture, programs]) =>
      Object.entries(programs).map(([program, digest]) => `${architecture}/${program}=${digest}`),
    )
    .join(" ");
}

/** Digests of Pulumi's release by version and archive. */
export const pulumiDigests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "3.250.0": {
    "linux-x64": "8916fd36ccc96adbd45ca679194b685e3b767d94502ae05610878a6d9870b8f3",
    "linux-arm64": "deb4bf0d05b4cbaf3adcf82ffa44039ad0ebf039e33338ead8136877a437b4e5",
    "darwin-x64": "8aa1615ed737022949d4050bf183ab37bce1f9cecb88877bc6636db82604e348",
    "darwin-arm64": "dbd289ce3069cf567683252082e226aef533775f546df7286f64f3f36f5fda28",
  },
};

/** The manifest of Calico's makers, of the pinned version. */
export const calicoManifest = {
  url: `https://raw.githubusercontent.com/projectcalico/calico/v${versions.calico}/manifests/calico-vxlan.yaml`,
  sha256: { "3.31.2": "4be1e091e5ac0d4725aac465bd72fbc7078046340099babe52f5174d14686999" }[versions.calico],
} as const;
