import type { KubernetesObject } from "../../provider/kubernetes.ts";
import { quantity } from "./quantity.ts";

export type Resource = "cpu" | "memory";

interface Requests {
  requests?: Partial<Record<Resource, string>>;
}

interface Container {
  resources?: Requests;
  /** An init container with `Always` runs beside the others. */
  restartPolicy?: string;
}

/** A pod as far as an upgrade asks for it. */
export interface PodObject extends KubernetesObject {
  metadata: KubernetesObject["metadata"] & {
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string }[];
  };
  spec: {
    nodeName?: string;
    containers?: Container[];
    initContainers?: Container[];
    overhead?: Partial<Record<Resource, string>>;
    resources?: Requests;
  };
}

/** Gives what the scheduler reserves for a pod: CPUs or bytes. */
export function requestOf({ spec }: PodObject, resource: Resource): number {
  const of = ({ resources }: Container) => quantity(resources?.requests?.[resource]);
  const sum = (containers: Container[]) => containers.reduce((total, container) => total + of(container), 0);
  const { containers = [], initContainers = [], overhead, resources } = spec;
  const ofPod = resources?.requests?.[resource];
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === "Always");
  // Those that run one after another before need room only where they are larger.
  const own = Math.max(sum([...containers, ...sidecars]), ...initContainers.map(of));
  return (ofPod === undefined ? own : quantity(ofPod)) + quantity(overhead?.[resource]);
}

/** Tells whether a pod holds its node's resources: one that has ended does not. */
export const isLive = ({ status }: PodObject): boolean => status?.phase !== "Succeeded" && status?.phase !== "Failed";

export const fullName = ({ metadata: { namespace, name } }: PodObject): string => `${namespace}/${name}`;
