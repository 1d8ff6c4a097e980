import { Provider } from "@pulumi/alicloud/provider.js";
import type { Settings } from "./settings.ts";

export function createProvider({ region, profile }: Settings): Provider {
  return new Provider("alicloud", { region, profile });
}

/** Gives a resource's name, for people in the console. */
export function nameOf(environment: string, resource: string): string {
  return `kpaas-${environment}-${resource}`;
}

/** Gives tags with the program's own name of a resource, by which what a killed run left is found. */
export function tagsOf(environment: string, resource: string): Record<string, string> {
  return { "kpaas-environment": environment, "kpaas-resource": resource };
}
