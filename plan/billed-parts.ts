import type { Environment } from "../config/environment.ts";
import { billedPartsOf } from "../config/infrastructure/catalog.ts";

/** Counts what an environment's cloud bills beside machines and disks. */
export function countBilledParts(environment: Environment) {
  const { infrastructure, network, bastion, containerPlatform, applicationPlatform } = environment;
  const parts = billedPartsOf(infrastructure);
  const counts = { none: 0, one: 1, perZone: network.zones };
  const isBalanced = containerPlatform.gateway === "load-balancer";
  const isApplicationBalanced = applicationPlatform?.gateway === "load-balancer";
  const { loadBalancerAddresses, applicationLoadBalancerAddresses = loadBalancerAddresses } = parts;
  const applicationAddresses = isApplicationBalanced ? counts[applicationLoadBalancerAddresses] : 1;
  return {
    natGateways: counts[parts.natGateways],
    loadBalancers: (isBalanced ? parts.loadBalancers : 0) + (isApplicationBalanced ? 1 : 0),
    addresses:
      (isBalanced ? counts[loadBalancerAddresses] : 1) +
      (applicationPlatform ? applicationAddresses : 0) +
      (bastion ? 1 : 0) +
      counts[parts.natAddresses],
  };
}
