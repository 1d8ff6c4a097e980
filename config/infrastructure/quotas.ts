/** Things that an environment takes a number of, and that a cloud may limit. */
export type CountedThing =
  | "machines"
  | "vcpus"
  | "memoryGiB"
  | "volumes"
  | "volumesGiB"
  /** Ports of machines, shared addresses and load balancers, and of a router in each subnet. */
  | "networkPorts"
  | "publicAddresses"
  | "securityGroups"
  | "securityGroupRules"
  /** Ports of one load balancer that are listened at. */
  | "loadBalancerListeners";

interface UsualLimit {
  /** The cloud's own name of the thing, in words, plural. */
  name: string;
  limit: number;
}

/** Limits of a new project (account, subscription) where nobody raised them. */
export interface UsualQuotas {
  /** Addresses of the pages, or names of the settings, that say so. */
  sources: readonly string[];
  /** Limits in the order in which plans list them. A thing that is not named is not limited, or nobody looked it up. */
  limits: Readonly<Partial<Record<CountedThing, UsualLimit>>>;
  /** Rules that the cloud itself puts into each security group, which count too. @default 0 */
  rulesInEachSecurityGroup?: number;
}
