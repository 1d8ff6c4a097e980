import type { KubernetesObject } from "../objects.ts";

/** Makes the cluster's default class. */
export function storageClass(
  name: string,
  provisioner: string,
  more: { parameters?: Record<string, string>; volumeBindingMode?: "Immediate" | "WaitForFirstConsumer" } = {},
): KubernetesObject {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner,
    reclaimPolicy: "Delete",
    ...more,
  };
}
