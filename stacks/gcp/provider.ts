import { createHash } from "node:crypto";
import { Provider } from "@pulumi/gcp/provider.js";
import type { Settings } from "./settings.ts";

export function createProvider({ project, region }: Settings): Provider {
  return new Provider("gcp", { project, region });
}

const longestName = 63;

/**
 * Gives a resource's name. Names are unique in a project: they begin with the platform's and the environment's. A long
 * one keeps its beginning.
 */
export function nameOf(environment: string, resource: string): string {
  const name = `${prefixOf(environment)}${resource}`.toLowerCase().replace(/[^a-z0-9]/g, "-");
  if (name.length <= longestName) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, longestName - digest.length - 1)}-${digest}`;
}

export function prefixOf(environment: string): string {
  return `kpaas-${environment}-`;
}

export function labelsOf(environment: string, resource: string): Record<string, string> {
  return { "kpaas-environment": environment, "kpaas-resource": resource };
}
