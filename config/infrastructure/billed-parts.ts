/** How many there are of a thing. */
type Spread = "none" | "one" | "perZone";

/**
 * What the adapter makes that the cloud bills, beside machines, their disks, and the addresses of gateway machines and bastion. An
 * address that comes with its gateway or load balancer at no charge of its own is none.
 */
export interface BilledParts {
  natGateways: Spread;
  natAddresses: Spread;
  /** Where the infrastructure's own stands in as the platform's gateway. */
  loadBalancers: number;
  loadBalancerAddresses: Spread;
  /** Of the one before the application platform, where it is of another kind. */
  applicationLoadBalancerAddresses?: Spread;
}

export const nothingBilled: BilledParts = {
  natGateways: "none",
  natAddresses: "none",
  loadBalancers: 0,
  loadBalancerAddresses: "none",
};
