import { Address4 } from "ip-address";
import { known } from "../../config/infrastructure/absent.ts";
import { infrastructures } from "../../config/infrastructure/catalog.ts";

/**
 * Gives the destinations at which any known infrastructure tells a machine about itself, as nftables matches them. They are the
 * same on every infrastructure, so that user-data is; addresses go from the highest down, as machines that exist have them.
 */
export function metadataDestinations(): string[] {
  const services = [...infrastructures().values()].flatMap(({ metadata }) => known(metadata) ?? []);
  const addresses = [...new Set(services.flatMap((service) => service.addresses))].sort(downwards);
  const wireServers = services.flatMap(({ wireServer }) => wireServer ?? []);
  return [
    `ip daddr { ${addresses.join(", ")} }`,
    ...wireServers.map(({ address, tcpPorts }) => `ip daddr ${address} tcp dport { ${tcpPorts.join(", ")} }`),
  ];
}

function downwards(a: string, b: string): number {
  return new Address4(a).bigInt() < new Address4(b).bigInt() ? 1 : -1;
}
