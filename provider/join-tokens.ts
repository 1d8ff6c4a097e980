import { ApiError, type KubernetesApi } from "./kubernetes.ts";

const namespace = "/api/v1/namespaces/kube-system/secrets";

/** Makes a kubeadm bootstrap token valid for `seconds`. */
export async function admitJoinToken(api: KubernetesApi, token: string, seconds: number): Promise<void> {
  const [id = "", secret = ""] = token.split(".");
  const object = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      "token-id": id,
      "token-secret": secret,
      expiration: new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z"),
      "usage-bootstrap-authentication": "true",
      "usage-bootstrap-signing": "true",
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
    },
  };
  try {
    await api.call("POST", namespace, object);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
    await api.call("PUT", `${namespace}/${object.metadata.name}`, object);
  }
}

export async function withdrawJoinToken(api: KubernetesApi, token: string): Promise<void> {
  await api.remove(`${namespace}/bootstrap-token-${token.split(".")[0]}`);
}
