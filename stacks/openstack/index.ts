import type * as pulumi from "@pulumi/pulumi";
import type { Infrastructure } from "../../components/infrastructure.ts";
import type { Environment } from "../../config/environment.ts";
import { createApplicationInfrastructure } from "./application-platform.ts";
import type { Variant } from "./context.ts";
import { createDisk } from "./disk.ts";
import { createFirewall } from "./firewall.ts";
import { createLoadBalancer } from "./load-balancer.ts";
import { machineMaker } from "./machine.ts";
import { createNetwork } from "./network.ts";
import { createProvider } from "./provider.ts";
import { createPublicAddress } from "./public-address.ts";
import type { Settings } from "./settings.ts";
import { createVirtualAddress } from "./virtual-address.ts";

export const openstack: Variant = {
  createPublicAddress,
  bootsFromHost: () => false,
  zonalDisks: false,
  octavia: true,
  floatingAddresses: true,
};

/** Makes servers of Nova on a network of Neutron, with disks of Cinder. */
export function createInfrastructure(
  environment: Environment,
  opts: pulumi.CustomResourceOptions,
  variant = openstack,
): Infrastructure {
  const settings = environment.infrastructure as Settings;
  const context = { environment, settings, variant };
  const provider = createProvider(settings, variant.octavia ? {} : { useOctavia: false });
  const on = <O extends pulumi.CustomResourceOptions>(opts: O) => ({ ...opts, provider });
  const { createMachine, keyPair } = machineMaker(context, opts, on({}));
  return {
    kind: settings.kind,
    network: (name, opts) => createNetwork(context, name, on(opts)),
    firewall: (name, args, opts) => createFirewall(context, name, args, on(opts)),
    disk: (name, args, opts) => createDisk(context, name, args, on(opts)),
    machine: (name, args, opts) => createMachine(name, args, opts),
    virtualAddress: (name, args, opts) => createVirtualAddress(context, name, args, on(opts)),
    loadBalancer: (name, args, opts) => createLoadBalancer(context, name, args, on(opts)),
    applicationPlatform: (name, args, opts) =>
      createApplicationInfrastructure(context, name, { ...args, keyPair }, on(opts)),
  };
}
