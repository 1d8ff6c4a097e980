import type { Environment } from "../config/environment.ts";
import { capabilitiesOf } from "../config/infrastructure/catalog.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { UserError } from "../lib/errors.ts";
import { cpiOf } from "./cpi.ts";
import { secretNames } from "./variables.ts";

/**
 * Gives the environment with its application platform where `up` can make it, undefined where it has none. A plan can
 * be made of more. Throws UserError that tells why not.
 */
export function deployable(environment: Environment): BoshEnvironment | undefined {
  const { applicationPlatform, infrastructure } = environment;
  if (!applicationPlatform) return undefined;
  const withPlatform = { ...environment, applicationPlatform };
  const cpi = cpiOf(withPlatform);
  const { applicationGateways } = capabilitiesOf(infrastructure);
  if (!applicationGateways.includes(applicationPlatform.gateway))
    throw new UserError(
      `applicationPlatform.gateway: must be ${applicationGateways.join(" or ")} on ${infrastructure.kind}, where ${applicationPlatform.gateway} is not built`,
      `use ${applicationGateways.join(" or ")}`,
    );
  if (typeof cpi.dns === "string" && !infrastructure.dnsServers?.length)
    throw new UserError(
      "infrastructure.dnsServers: must name the VMs' name servers, as BOSH gives them fixed addresses without DHCP",
      "name your cloud's or your site's own, such as infrastructure.dnsServers: [10.0.0.2]",
    );
  return withPlatform;
}

/** Throws UserError for a stack's secret that the environment names and `isThere` does not know. */
export function requireSecrets(environment: BoshEnvironment, isThere: (name: string) => boolean): void {
  const missing = secretNames(environment).filter((name) => !isThere(name));
  if (missing.length === 0) return;
  throw new UserError(
    `the application platform needs secrets that stack ${environment.name} has not: ${missing.join(", ")}`,
    missing.map((name) => `pulumi config set --secret kpaas:${name} < ${name}.json`).join("; "),
  );
}
