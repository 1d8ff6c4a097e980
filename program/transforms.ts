import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/environment.ts";
import { planMachines } from "../config/machines.ts";
import { isPlainObject, type LoadedTransforms, type TransformedResource } from "../config/transforms.ts";
import type { UserError } from "../lib/errors.ts";

/** An environment's transforms, and what they did in the runs of the program so far. */
export class SiteTransforms {
  readonly path: string;
  /** A transform's failure: of it the Pulumi engine tells only that the program failed. */
  failure?: UserError;
  private readonly loaded: LoadedTransforms;
  private readonly resources = new Map<string, TransformedResource>();
  private readonly registeredTypes = new Set<string>();

  constructor(loaded: LoadedTransforms) {
    this.loaded = loaded;
    this.path = loaded.path;
  }

  get changed(): TransformedResource[] {
    return [...this.resources.values()];
  }

  /** Lists types that the file names and the program has no resource of. */
  get unregistered(): string[] {
    return this.loaded.types.filter((type) => !this.registeredTypes.has(type));
  }

  /** Gives the transformation, to be registered with the stack before its first resource. */
  transformation(environment: Environment): pulumi.ResourceTransformation {
    const machines = new Map(planMachines(environment).map((machine) => [machine.name, machine]));
    return ({ type, name, props, opts }) => {
      if (!this.loaded.types.includes(type)) return undefined;
      this.registeredTypes.add(type);
      const machine = machineOf(name, machines);
      const changed = this.change(type, props, { name, machine, environment });
      const properties = differing(props, changed);
      if (properties.length > 0) this.resources.set(`${type} ${name}`, { type, name, properties });
      return { props: changed, opts };
    };
  }

  private change(...[type, args, context]: Parameters<LoadedTransforms["apply"]>): Arguments {
    try {
      return this.loaded.apply(type, copy(args), context);
    } catch (error) {
      this.failure ??= error as UserError;
      throw error;
    }
  }
}

/**
 * Finds a resource's machine by its name in the plan, which follows the component's: `platform-worker-1`,
 * `platform-worker-1-address`.
 */
function machineOf<T>(name: string, machines: ReadonlyMap<string, T>): T | undefined {
  const words = name.split("-").slice(1);
  const prefixes = words.map((_, index) => words.slice(0, words.length - index).join("-"));
  return prefixes.map((prefix) => machines.get(prefix)).find((machine) => machine !== undefined);
}

/** Copies a value, so that a transform that changes its argument in place is told from one that changes nothing. */
function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copy) as T;
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)])) as T;
}

type Arguments = Record<string, unknown>;

function differing(before: Arguments, after: Arguments): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !isSame(before[key], after[key]))
    .sort();
}

function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((each, index) => isSame(each, other[index]));
  if (isPlainObject(one) && isPlainObject(other)) return differing(one, other).length === 0;
  return Object.is(one, other);
}
