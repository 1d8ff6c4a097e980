import { type KubernetesObject, rbac } from "../objects.ts";
import type { ClusterPart } from "../part.ts";

/** The part that lets a joining node read the registry's pull login with its join token. First boot makes the Secret itself. */
export const registryPull: ClusterPart = {
  name: "registry-pull",
  example: {},
  isIn: () => true,
  images: () => [],
  objects: registryPullAccess,
};

/** Gives the right to read that Secret, and nothing else. */
function registryPullAccess(): KubernetesObject[] {
  const metadata = { name: "kpaas-registry-pull", namespace: "kube-system" };
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [metadata.name], verbs: ["get"] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: rbac, kind: "Role", name: metadata.name },
      subjects: [{ apiGroup: rbac, kind: "Group", name: "system:bootstrappers:kubeadm:default-node-token" }],
    },
  ];
}
