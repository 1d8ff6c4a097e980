import { shortName } from "../../config/short-name.ts";
import { BridgedProvider } from "../shared/terraform-bridge.ts";
import { ibm } from "./sdk.ts";
import type { Settings } from "./settings.ts";

/** Makes the provider, whose API key is the IC_API_KEY variable's. */
export function createProvider({ region }: Settings): BridgedProvider {
  return new BridgedProvider(ibm, "ibm", { region });
}

const longestName = 63;

/** Gives a resource's name, for people in the console, and for finding what a killed run left. */
export function nameOf(environment: string, resource: string): string {
  return shortName(`kpaas-${environment}-${resource}`, longestName);
}

/** Gives an instance's name, in the console the same as it calls itself. */
export function instanceName(hostname: string): string {
  return shortName(hostname, longestName);
}

export function tagsOf(environment: string, resource: string): string[] {
  return [`kpaas-environment:${environment}`, `kpaas-resource:${resource}`];
}
