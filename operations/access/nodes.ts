import type { KubernetesObject } from "../../provider/kubernetes.ts";

export interface NodeObject extends KubernetesObject {
  spec: { taints?: { key: string; effect: string }[]; unschedulable?: boolean };
  status: { conditions?: { type: string; status: string }[] };
}

export const isReady = ({ status }: NodeObject): boolean =>
  status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
