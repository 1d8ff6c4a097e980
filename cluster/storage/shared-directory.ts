import { stringify } from "yaml";
import { grant, type KubernetesObject, privilegedNamespace, serviceAccount } from "../objects.ts";
import { storageClass } from "./storage-class.ts";

export const namespace = "local-path-storage";
export const name = "local-path-provisioner";

/** Serves volumes as folders of a directory that every worker has at the same path (rancher/local-path-provisioner). */
export function sharedDirectoryStorage(args: {
  image: string;
  helperImage: string;
  path: string;
  className: string;
}): KubernetesObject[] {
  const account = { namespace, name };
  return [
    privilegedNamespace(namespace),
    serviceAccount(namespace, name),
    ...grant(
      name,
      account,
      [
        {
          apiGroups: [""],
          resources: ["pods"],
          verbs: ["get", "list", "watch", "create", "patch", "update", "delete"],
        },
      ],
      namespace,
    ),
    ...grant(name, account, [
      {
        apiGroups: [""],
        resources: ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"],
        verbs: ["get", "list", "watch"],
      },
      {
        apiGroups: [""],
        resources: ["persistentvolumes"],
        verbs: ["get", "list", "watch", "create", "patch", "update", "delete"],
      },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
      { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get", "list", "watch"] },
    ]),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace },
      data: {
        "config.json": JSON.stringify({ nodePathMap: [], sharedFileSystemPath: args.path }),
        setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
        teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
        "helperPod.yaml": helperPod(args.helperImage),
      },
    },
    deployment(args.image),
    storageClass(args.className, "rancher.io/local-path", { volumeBindingMode: "WaitForFirstConsumer" }),
  ];
}

function helperPod(image: string): string {
  return stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper-pod" },
    spec: {
      priorityClassName: "system-node-critical",
      tolerations: [{ key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" }],
      containers: [{ name: "helper-pod", image, imagePullPolicy: "IfNotPresent" }],
    },
  });
}

function deployment(image: string): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          containers: [
            {
              name,
              image,
              imagePullPolicy: "IfNotPresent",
              command: [
                "local-path-provisioner",
                "start",
                "--config",
                "/etc/config/config.json",
                "--configmap-name",
                name,
              ],
              env: [
                { name: "SERVICE_ACCOUNT_NAME", value: name },
                { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
                { name: "CONFIG_MOUNT_PATH", value: "/etc/config/" },
              ],
              volumeMounts: [{ name: "config", mountPath: "/etc/config" }],
            },
          ],
          volumes: [{ name: "config", configMap: { name } }],
        },
      },
    },
  };
}
