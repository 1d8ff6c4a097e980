import { parse, parseAllDocuments } from "yaml";
import { machineFiles, userData } from "../components/first-boot/index.ts";
import type { Environment } from "../config/environment.ts";
import type { MachinePlan } from "../config/machines.ts";
import type { Role } from "../config/roles/index.ts";
import { type ControlPlaneFlags, controlPlaneFlags } from "./kubeadm-defaults.ts";

export interface ConfiguredFile {
  permissions: string;
  owner: string;
  content: string;
}

/** A machine as its user-data and the files that it is delivered configure it. All of these are root's. */
export interface MachineConfiguration {
  machine: string;
  role: Role;
  /** Files that the installer delivers, by path. */
  files: Record<string, ConfiguredFile>;
  /** `ssh_pwauth` of cloud-init. */
  passwordLogin: unknown;
  /** Facts of the cluster, only on the master that makes it: it decides for all. */
  cluster?: ClusterFacts;
}

export interface ClusterFacts {
  /** Documents of `kubeadm init --config`, by kind. */
  documents: Record<string, Document>;
  /** Arguments that the control plane's programs are started with: kubeadm's own under the configured ones. */
  flags: ControlPlaneFlags;
  auditPolicy: Document;
  admission: Document;
  authentication: Document;
}

type Document = Record<string, unknown>;

/** Stand-ins for what is made at `up`; rules never read it. */
const placeholders = {
  platformCaPem: "PLACEHOLDER",
  kubernetesCaPin: `sha256:${"0".repeat(64)}`,
  packageSource: { suite: "PLACEHOLDER", publicKey: "PLACEHOLDER" },
};
const joinToken = "000000.0000000000000000";

export function machineConfiguration(
  machine: MachinePlan,
  platform: { environment: Environment; machines: MachinePlan[] },
): MachineConfiguration {
  const delivered = machineFiles(machine, { ...platform, ...placeholders }, { token: joinToken });
  const files = Object.fromEntries(
    delivered.map(({ path, content, permissions = "0644" }) => [path, { content, permissions, owner: "root:root" }]),
  );
  const cluster = clusterFacts(files);
  return {
    machine: machine.name,
    role: machine.role,
    files,
    passwordLogin: parse(userData(machine)).ssh_pwauth,
    ...(cluster ? { cluster } : {}),
  };
}

function clusterFacts(files: Record<string, ConfiguredFile>): ClusterFacts | undefined {
  const init = files["/etc/kpaas/kubeadm-init.yaml"];
  if (!init) return undefined;
  const documents = Object.fromEntries(
    parseAllDocuments(init.content).map((document) => [String(document.get("kind")), document.toJS() as Document]),
  );
  return {
    documents,
    flags: controlPlaneFlags(documents.ClusterConfiguration ?? {}),
    admission: yamlFile(files, "/etc/kpaas/admission.yaml"),
    auditPolicy: yamlFile(files, "/etc/kpaas/audit-policy.yaml"),
    authentication: yamlFile(files, "/etc/kpaas/authentication.yaml"),
  };
}

function yamlFile(files: Record<string, ConfiguredFile>, path: string): Document {
  return parse(files[path]?.content ?? "{}");
}
