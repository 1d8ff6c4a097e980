import { gatewayAddress } from "./addresses.ts";
import type { Environment } from "./environment.ts";
import type { MachinePlan } from "./machines.ts";
import { type GatewayService, gatewayServices } from "./ports.ts";

/** Gives the DNS name of a service behind the gateway. */
export function serviceName(service: GatewayService, { network }: Pick<Environment, "network">): string {
  return `${service}.${network.domain}`;
}

/** Gives the gateway's address and the names that lead to it, which no DNS server outside the platform knows. */
export function gatewayHosts(environment: Environment): { address: string; names: string[] } {
  return {
    address: gatewayAddress(environment),
    names: gatewayServices.map((service) => serviceName(service, environment)),
  };
}

/** Path at which NFS 4 clients find the storage machine's export. */
export const nfsExportPath = "/kpaas";

export function nfsServer(machines: readonly MachinePlan[]): { address: string; path: string } {
  const address = machines.find(({ role }) => role === "storage")?.privateIp;
  if (!address) throw new Error("an environment has a storage machine with a fixed address");
  return { address, path: nfsExportPath };
}
