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

/** Numbers that a project may still make, by thing; one that is not limited, or not told, is left out. */
export type RemainingQuotas = Partial<Record<CountedThing, number>>;

/**
 * Asks the cloud, as the operator, what the project may still make. Gives nothing where the credentials are of a kind that only the
 * cloud's own tools can use. Throws UserError where the cloud refuses them, and Error where it does not answer.
 */
export type AskForRemaining = (infrastructure: { kind: string }) => Promise<RemainingQuotas | undefined>;
