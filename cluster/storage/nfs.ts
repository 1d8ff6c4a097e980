import { grant, type KubernetesObject, privilegedNamespace, serviceAccount } from "../objects.ts";
import { storageClass } from "./storage-class.ts";

export const namespace = "nfs-storage";
export const name = "nfs-subdir-external-provisioner";
export const provisioner = "k-paas.org/nfs";

/** Serves volumes as folders of the storage server's export (kubernetes-sigs/nfs-subdir-external-provisioner, chart 4.0.18). */
export function nfsStorage(args: {
  image: string;
  server: { address: string; path: string };
  className: string;
}): KubernetesObject[] {
  const account = { namespace, name };
  return [
    privilegedNamespace(namespace),
    serviceAccount(namespace, name),
    ...grant(
      name,
      account,
      [{ apiGroups: [""], resources: ["endpoints"], verbs: ["get", "list", "watch", "create", "update", "patch"] }],
      namespace,
    ),
    ...grant(name, account, [
      { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["persistentvolumes"], verbs: ["get", "list", "watch", "create", "delete"] },
      { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["get", "list", "watch", "update"] },
      { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "update", "patch"] },
    ]),
    deployment(args.image, args.server),
    storageClass(args.className, provisioner, { parameters: { archiveOnDelete: "false" } }),
  ];
}

function deployment(image: string, { address, path }: { address: string; path: string }): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      strategy: { type: "Recreate" },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          containers: [
            {
              name,
              image,
              env: [
                { name: "PROVISIONER_NAME", value: provisioner },
                { name: "NFS_SERVER", value: address },
                { name: "NFS_PATH", value: path },
              ],
              volumeMounts: [{ name: "export", mountPath: "/persistentvolumes" }],
            },
          ],
          volumes: [{ name: "export", nfs: { server: address, path } }],
        },
      },
    },
  };
}
