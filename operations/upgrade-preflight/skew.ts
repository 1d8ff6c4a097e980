import { compare } from "semver";
import { takesKubelet } from "../../config/pool-version.ts";
import { kubeletMinorsBehind } from "../../config/versions.ts";
import { blocks, type Finding, firstOf } from "./finding.ts";

export interface KubeletVersion {
  node: string;
  /** Such as `v1.35.4`. */
  version: string;
}

/** Judges the kubelets' versions by the API server that runs (`v1.35.4`) and by the version that is to come. */
export function judgeSkew(kubelets: readonly KubeletVersion[], apiServer: string, target: string): Finding[] {
  const inWords = ({ node, version }: KubeletVersion) => `${node} (${version})`;
  const old = kubelets.filter(({ version }) => !takesKubelet(target, version));
  const newer = kubelets.filter(({ version }) => compare(version, apiServer) > 0);
  const findings: Finding[] = [];
  if (old.length > 0)
    findings.push(
      blocks(
        "kubelets too old",
        `an API server of ${target} takes kubelets at most ${kubeletMinorsBehind} minors older: ${firstOf(old.map(inWords))}`,
        "bring their pools to a newer version first (kubernetesVersion of the pool); a node that does not follow is made anew by its pool's generation",
      ),
    );
  if (newer.length > 0)
    findings.push(
      blocks(
        "kubelets newer than the API server",
        `the API server is ${apiServer}, which Kubernetes does not support under ${firstOf(newer.map(inWords))}`,
        "let the upgrade that has begun end first: set kubernetesVersion to the newest of these and run up",
      ),
    );
  return findings;
}
