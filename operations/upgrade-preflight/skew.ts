import { compare } from "semver";
import { minorNumber } from "../../config/versions.ts";
import { blocks, type Finding, firstOf } from "./finding.ts";

/** Minors that a kubelet may be older than the API server: https://kubernetes.io/releases/version-skew-policy/#kubelet */
const mostMinorsBehind = 3;

export interface KubeletVersion {
  node: string;
  /** Such as `v1.35.4`. */
  version: string;
}

/** Judges the kubelets' versions by the API server that runs (`v1.35.4`) and by the version that is to come. */
export function judgeSkew(kubelets: readonly KubeletVersion[], apiServer: string, target: string): Finding[] {
  const inWords = ({ node, version }: KubeletVersion) => `${node} (${version})`;
  const old = kubelets.filter(({ version }) => minorNumber(target) - minorNumber(version) > mostMinorsBehind);
  const newer = kubelets.filter(({ version }) => compare(version, apiServer) > 0);
  const findings: Finding[] = [];
  if (old.length > 0)
    findings.push(
      blocks(
        "kubelets too old",
        `an API server of ${target} takes kubelets at most ${mostMinorsBehind} minors older: ${firstOf(old.map(inWords))}`,
        "make these machines anew with the present version first: raise the generation of their pool",
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
