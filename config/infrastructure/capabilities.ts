import type { Environment } from "../environment.ts";

/** Values of a setting that an infrastructure takes, where it does not take them all. */
export interface Choice<T> {
  values: readonly T[];
  /** The infrastructure's name and why it takes no others, as they follow "must be ... on". */
  where: string;
}

/** Capabilities of an infrastructure that the platform may use, known before its SDK is loaded. */
export interface Capabilities {
  /** Two HAProxy machines can share an address (keepalived). */
  virtualAddress: boolean;
  /** It has a load balancer of its own that can stand in for HAProxy machines. */
  loadBalancer: boolean;
  /** Fewest zones that the load balancer before the container platform takes. @default 1 */
  loadBalancerLeastZones?: number;
  /** Longest prefix of a zone's range that leaves room for the cloud's own subnets. @default what the roles' addresses need */
  longestZonePrefix?: number;
  /** Its machines are reached through a bastion, by SSH. */
  bastion: boolean;
  /**
   * Gateways that can stand before the application platform's routers, where BOSH has a CPI and what VMs need is built;
   * none elsewhere.
   */
  applicationGateways: readonly ("haproxy" | "load-balancer")[];
  /**
   * Its machines are containers of the host that kpaas runs on: nobody bills them, they share that host's fate, and its users reach
   * them from the network's gateway. @default false
   */
  onThisHost?: boolean;
  /**
   * What becomes of a machine that is there when its boot disk is asked to be another: the cloud makes it anew, or its boot disk
   * follows no such setting. @default the cloud changes it, at worst with a restart. `leastGiB`: none is smaller, whatever is asked.
   */
  bootDisk?: { size?: "replaced"; type?: "replaced" | "none"; leastGiB?: number };
  /** No data disk can become one of another type. @default false */
  fixedDataDiskType?: boolean;
  /** Numbers of zones. @default as many as infrastructure.availabilityZones names */
  zones?: Choice<number>;
  /** @default every one */
  podNetworks?: Choice<Environment["containerPlatform"]["podNetwork"]>;
  /** @default every version that first boot was made for */
  kubernetesVersions?: Choice<string>;
}
