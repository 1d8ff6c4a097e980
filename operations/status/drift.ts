/** A difference of one resource from what the program says of it. */
export interface Change {
  /** Its name in the program. */
  resource: string;
  /** Pulumi's type of it. */
  type: string;
  /**
   * missing: in the state, but the infrastructure has it no more. changed: what is observed is not what was made. not created:
   * an `up` has yet to make it. not planned: still there, but no part of the program.
   */
  change: "missing" | "changed" | "not created" | "not planned";
  /** Names of the properties that differ, where the engine tells them. Never values. */
  properties: string[];
  /** Name of the machine that it is or belongs to. */
  machine?: string;
  /** True where it is that machine, not a part of it. */
  isMachine: boolean;
}

/** Result of a comparison of every resource with the observed one. */
export type Drift =
  | { status: "none" }
  | { status: "found"; changes: Change[] }
  /** The comparison was not made, or failed. */
  | { status: "unknown"; reason: string };

/** One step of the engine's preview with a refresh before it. */
export interface ResourceStep {
  op: string;
  urn: string;
  type: string;
  /** The resource's name in the program. */
  name: string;
  diffs: readonly string[];
}

/** Makes one change of a resource's several steps: it is refreshed, then made anew, or replaced in two. */
export function driftOf(steps: readonly ResourceStep[], machineNames: readonly string[]): Drift {
  const byUrn = new Map<string, ResourceStep[]>();
  for (const step of steps) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  // The longest name first, so that worker-2-pool-1 is not taken for a part of worker-2.
  const names = [...machineNames].sort((a, b) => b.length - a.length);
  const changes = [...byUrn.values()].flatMap((steps) => changeOf(steps, names) ?? []);
  return changes.length > 0 ? { status: "found", changes } : { status: "none" };
}

function changeOf(steps: readonly ResourceStep[], machineNames: readonly string[]): Change | undefined {
  const change = kindOf(new Set(steps.map(({ op }) => op)));
  const [first] = steps;
  if (!change || !first) return undefined;
  const { name: resource, type } = first;
  const properties = change === "changed" ? [...new Set(steps.flatMap(({ diffs }) => diffs))] : [];
  const machine = machineNames.find((name) => `${resource}-`.startsWith(`platform-${name}-`));
  const isMachine = resource === `platform-${machine}` && /(Machine|Instance|Server)$/.test(type);
  return { resource, type, change, properties, machine, isMachine };
}

function kindOf(ops: ReadonlySet<string>): Change["change"] | undefined {
  const wasThere = ops.has("refresh") || ops.has("delete");
  if (["update", "replace", "create-replacement", "delete-replaced"].some((op) => ops.has(op))) return "changed";
  if (ops.has("create")) return wasThere ? "missing" : "not created";
  return ops.has("delete") ? "not planned" : undefined;
}
