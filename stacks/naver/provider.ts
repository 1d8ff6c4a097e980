import { shortName } from "../../config/short-name.ts";
import { BridgedProvider } from "../shared/terraform-bridge.ts";
import { ncloud } from "./sdk.ts";
import type { Settings } from "./settings.ts";

/** Credentials are the NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY variables'. */
export function createProvider({ site, region }: Settings): BridgedProvider {
  return new BridgedProvider(ncloud, "naver", { site, region, supportVpc: "true" });
}

const longestName = 30;

/** For people in the console, and for finding what a killed run left: Naver has no tags. */
export function nameOf(environment: string, resource: string): string {
  return shortName(`kpaas-${environment}-${resource}`, longestName);
}

/** In the console a server is called as it calls itself. */
export function serverName(hostname: string): string {
  return shortName(hostname, longestName);
}
