import { shortName } from "../../config/short-name.ts";
import { BridgedProvider } from "../shared/terraform-bridge.ts";
import { ncloud } from "./sdk.ts";
import type { Settings } from "./settings.ts";

/** Makes the provider, whose credentials are the NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY variables'. */
export function createProvider({ site, region }: Settings): BridgedProvider {
  return new BridgedProvider(ncloud, "naver", { site, region, supportVpc: "true" });
}

const longestName = 30;

/** Gives a resource's name, for people in the console, and for finding what a killed run left: Naver has no tags. */
export function nameOf(environment: string, resource: string): string {
  return shortName(`kpaas-${environment}-${resource}`, longestName);
}

/** Gives a server's name, in the console the same as it calls itself. */
export function serverName(hostname: string): string {
  return shortName(hostname, longestName);
}
