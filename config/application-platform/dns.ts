import { isIPv4 } from "node:net";

/** A record that a name server must have for users to find the application platform. */
export interface DnsRecord {
  name: string;
  type: "A" | "CNAME";
  value: string;
}

/**
 * Gives the one record that the platform needs: every name below the system domain, at whatever depth, leads to the
 * gateway: `api`, `login`, `ssh`, and applications' own. `gatewayAddress` is an address, or a load balancer's host
 * name.
 */
export function applicationDnsRecord(systemDomain: string, gatewayAddress: string): DnsRecord {
  return { name: `*.${systemDomain}`, type: isIPv4(gatewayAddress) ? "A" : "CNAME", value: gatewayAddress };
}
