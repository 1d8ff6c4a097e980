import { createHash } from "node:crypto";
import { BridgedProvider } from "../shared/terraform-bridge.ts";
import { tencentcloud } from "./sdk.ts";
import type { Settings } from "./settings.ts";

export function createProvider({ region, profile }: Settings): BridgedProvider {
  return new BridgedProvider(tencentcloud, "tencentcloud", { region, profile });
}

/** Gives a resource's name, for people in the console; what has no tags is found by it. */
export function nameOf(environment: string, resource: string): string {
  return shortened(`kpaas-${environment}-${resource}`, 60);
}

/** Gives the key pair's name, which has letters, digits and underscores only. */
export function keyPairName(environment: string): string {
  return shortened(`kpaas_${environment.replaceAll("-", "_")}`, 25);
}

/** Gives tags with the program's own name of a resource, by which what a killed run left is found. */
export function tagsOf(environment: string, resource: string): Record<string, string> {
  return { "kpaas-environment": environment, "kpaas-resource": resource };
}

/** Shortens a name that is too long: it then ends in what is unique to it. */
function shortened(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const ending = `_${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
  return name.slice(0, longest - ending.length) + ending;
}
