/** Number of things: none, one, or one in each zone. */
type Spread = "none" | "one" | "perZone";

/**
 * Resources that the adapter makes and the cloud bills, beside machines, their disks, and the addresses of gateway
 * machines and bastion. An address that comes with its gateway or load balancer at no charge of its own is none.
 */
export interface BilledParts {
  natGateways: Spread;
  natAddresses: Spread;
  /** Number of load balancers where the infrastructure's own stands in as the platform's gateway. */
  loadBalancers: number;
  loadBalancerAddresses: Spread;
  /** Addresses of the load balancer before the application platform, where it is of another kind. */
  applicationLoadBalancerAddresses?: Spread;
}

export const nothingBilled: BilledParts = {
  natGateways: "none",
  natAddresses: "none",
  loadBalancers: 0,
  loadBalancerAddresses: "none",
};
