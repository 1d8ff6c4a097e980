import { type KubernetesObject, rbac } from "./objects.ts";

/** Lets a joining node read the registry's pull login with its join token, and nothing else. The Secret itself is made on the master. */
export function registryPullAccess(): KubernetesObject[] {
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
