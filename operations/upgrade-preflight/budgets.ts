import { mustLeave } from "../../provider/drain.ts";
import type { KubernetesObject } from "../../provider/kubernetes.ts";
import { blocks, type Finding, warning } from "./finding.ts";
import type { PodObject } from "./pods.ts";
import type { DrainedPool } from "./room.ts";

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface DisruptionBudget extends KubernetesObject {
  metadata: KubernetesObject["metadata"] & { namespace: string };
  spec: { selector?: LabelSelector | null; minAvailable?: number | string; maxUnavailable?: number | string };
  status?: { disruptionsAllowed: number; currentHealthy: number; desiredHealthy: number; expectedPods: number };
}

/** Tells whether a selector chooses labels: none chooses nothing, an empty one everything. */
export function selects(selector: LabelSelector | null | undefined, labels: Record<string, string> = {}): boolean {
  if (!selector) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      if (operator === "In") return value !== undefined && values.includes(value);
      return value === undefined || !values.includes(value);
    })
  );
}

/** Judges the disruption budgets of pods that must leave the nodes of these pools. */
export function judgeBudgets(
  pools: readonly DrainedPool[],
  budgets: readonly DisruptionBudget[],
  pods: readonly PodObject[],
): Finding[] {
  const leavingOf = new Map(
    pools.map((pool) => [pool, pods.filter((pod) => pool.nodes.includes(pod.spec.nodeName ?? "") && mustLeave(pod))]),
  );
  return budgets.flatMap((budget) => {
    const { namespace } = budget.metadata;
    const guards = ({ metadata }: PodObject) =>
      metadata.namespace === namespace && selects(budget.spec.selector, metadata.labels);
    const guarded = pools.filter((pool) => leavingOf.get(pool)?.some(guards));
    return guarded.length > 0 ? judgeBudget(budget, guarded) : [];
  });
}

function judgeBudget({ metadata, spec, status }: DisruptionBudget, pools: readonly DrainedPool[]): Finding[] {
  if (!status || status.disruptionsAllowed > 0 || status.expectedPods === 0) return [];
  const { currentHealthy, desiredHealthy, expectedPods } = status;
  const name = `disruption budget ${metadata.namespace}/${metadata.name}`;
  if (desiredHealthy < expectedPods)
    return [
      warning(
        name,
        `it lets no pod go now: ${currentHealthy} of its ${expectedPods} pods are well, it wants ${desiredHealthy}`,
        "see what its pods lack; a drain waits for them as long as its pool's rollout.drainSeconds",
      ),
    ];
  const rule =
    spec.maxUnavailable === undefined ? ["minAvailable", spec.minAvailable] : ["maxUnavailable", spec.maxUnavailable];
  const found = `it never lets a pod go: it wants ${desiredHealthy} of its ${expectedPods} pods (${rule.join(": ")})`;
  const remedy =
    "give it more replicas or slack, or delete it meanwhile; or set the pool's rollout.drainTimeout: force";
  const stopping = pools.filter(({ rollout }) => rollout.drainTimeout === "stop");
  if (stopping.length > 0)
    return [
      blocks(name, `${found}, so that a drain of pool ${stopping.map((pool) => pool.name).join(", ")} stops`, remedy),
    ];
  const seconds = Math.min(...pools.map(({ rollout }) => rollout.drainSeconds));
  return [
    warning(
      name,
      `${found}; its pods are deleted all the same after ${seconds} s (rollout.drainTimeout: force)`,
      "give it more replicas or slack",
    ),
  ];
}
