import { manifestFiles, upstreamManifest } from "../../cluster/door.ts";
import { environmentImages } from "../../cluster/images.ts";
import type { MachinePlan } from "../../config/machines.ts";
import { asSeenBy } from "../../config/pool-version.ts";
import { toYaml, toYamlDocuments } from "../../lib/yaml.ts";
import { admissionConfiguration, admissionFile, auditPolicy, authenticationConfiguration } from "./api-server.ts";
import { addressOf, machinesOfRole, type PlatformFacts, type RoleBoot } from "./facts.ts";
import { apiNames, clusterDocuments, initDocuments, joinDocument } from "./kubeadm.ts";
import { nodeFiles, nodeVariables } from "./node.ts";
import { nfsClientPackages } from "./packages.ts";
import { scriptFile } from "./scripts.ts";
import { certificateRenewalUnits, waitsForDataDisk } from "./units.ts";

/**
 * Gives a master's boot. The first one makes the cluster when there is none, and alone brings its parts; otherwise it joins like
 * the others.
 */
export function masterBoot(machine: MachinePlan, facts: PlatformFacts, token: string): RoleBoot {
  const initialises = machine.ordinal === 1;
  const { podSecurity } = facts.environment.containerPlatform;
  const manifest = upstreamManifest(facts);
  const others = machinesOfRole("master", facts).filter(({ name }) => name !== machine.name);
  return {
    scripts: ["node.sh", "master.sh"],
    variables: {
      ...nodeVariables(facts, token),
      KPAAS_ADDRESS: addressOf(machine),
      KPAAS_INITIALISES: initialises ? "yes" : "no",
      KPAAS_OTHER_MASTERS: others.map(addressOf).join(" "),
      KPAAS_API_NAMES: apiNames(facts).join(" "),
      KPAAS_CONTROL_PLANE_IMAGES: environmentImages(facts).controlPlane.join(" "),
      KPAAS_ADMISSION_FILE: admissionFile(podSecurity),
      KPAAS_POD_NETWORK_MANIFEST: manifest?.url ?? "",
      KPAAS_POD_NETWORK_MANIFEST_SHA256: manifest?.sha256 ?? "",
    },
    files: [
      ...nodeFiles("master", facts),
      { path: "/etc/kpaas/admission.yaml", content: toYaml(admissionConfiguration(podSecurity)) },
      { path: "/etc/kpaas/audit-policy.yaml", content: toYaml(auditPolicy) },
      { path: "/etc/kpaas/authentication.yaml", content: toYaml(authenticationConfiguration) },
      secretConfig("/etc/kpaas/kubeadm-join.yaml", [joinDocument(machine, facts, token)]),
      secretConfig("/etc/kpaas/kubeadm-cluster.yaml", clusterDocuments(machine, facts)),
      ...(initialises
        ? [secretConfig("/etc/kpaas/kubeadm-init.yaml", initDocuments(machine, facts, token)), ...manifestFiles(facts)]
        : []),
      scriptFile("/usr/local/lib/kpaas/renew-certificates", ["renew-certificates.sh"]),
      ...certificateRenewalUnits,
      ...(machine.dataDisk ? [waitsForDataDisk("kubelet", machine.dataDisk.mountPath)] : []),
    ],
  };
}

/** Gives a worker's boot, all of it by its pool's Kubernetes version: one that waits behind the control plane stays as it is. */
export function workerBoot(machine: MachinePlan, platform: PlatformFacts, token: string): RoleBoot {
  const facts = { ...platform, environment: asSeenBy(platform.environment, machine) };
  return {
    scripts: ["node.sh", "worker.sh"],
    variables: nodeVariables(facts, token),
    extraPackages: facts.sharedVolumePath ? [] : nfsClientPackages,
    files: [
      ...nodeFiles("worker", facts),
      secretConfig("/etc/kpaas/kubeadm-join.yaml", [joinDocument(machine, facts, token)]),
    ],
  };
}

function secretConfig(path: string, documents: unknown[]) {
  return { path, content: toYamlDocuments(documents), permissions: "0600" };
}
