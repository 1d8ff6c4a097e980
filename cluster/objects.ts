/** A Kubernetes object as its API takes it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [field: string]: unknown;
}

export const rbac = "rbac.authorization.k8s.io";

export function serviceAccount(namespace: string, name: string): KubernetesObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
}

/** Makes a namespace whose pods reach into the node. */
export function privilegedNamespace(name: string): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
  };
}

export interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** Makes a role and its binding to a service account of the same name; in one namespace, or without one in the whole cluster. */
export function grant(
  name: string,
  account: { namespace: string; name: string },
  rules: Rule[],
  namespace?: string,
): KubernetesObject[] {
  const kind = namespace ? "Role" : "ClusterRole";
  const metadata = { name, ...(namespace ? { namespace } : {}) };
  return [
    { apiVersion: `${rbac}/v1`, kind, metadata, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: rbac, kind, name },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
  ];
}
