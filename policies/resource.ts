import type { Environment } from "../config/environment.ts";
import type { Properties } from "../config/infrastructure/properties.ts";
import type { ResourceTypes } from "../config/infrastructure/resource-types.ts";

/** A resource as a preview knows it; what is not known yet is absent. */
export interface Resource {
  /** Pulumi's type token. */
  type: string;
  name: string;
  properties: Properties;
  protect: boolean;
  /** Types of its parents, the nearest last. */
  parentTypes: string[];
}

export interface ResourceFacts {
  resource: Resource;
  purpose: Environment["purpose"];
  /** Types by which the resource is read: those of its infrastructure. */
  types: ResourceTypes;
  kind: string;
  /** Number of masters. */
  masters: number;
}

/** Gives the types of the resource's parents, as its URN has them. */
export function parentTypesOf(urn: string): string[] {
  const chain = urn.split("::")[2] ?? "";
  return chain.split("$").slice(0, -1);
}

/**
 * Gives properties as plain data. Reading one that is not known yet throws in a policy's process: it is left out, and so are
 * holes that its place in a list would leave.
 */
export function knownProperties(properties: object): Record<string, unknown> {
  const entries = Object.keys(properties).map((key) => {
    try {
      const value = (properties as Record<string, unknown>)[key];
      return [key, plain(value)] as const;
    } catch {
      return [key, undefined] as const;
    }
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Object.values(knownProperties(value));
  return typeof value === "object" && value !== null ? knownProperties(value) : value;
}
