import * as pulumi from "@pulumi/pulumi";
import { gatewayAddress } from "../config/addresses.ts";
import type { VirtualAddress } from "./infrastructure.ts";
import {
  firstBoot,
  machinesOf,
  type PartArgs,
  type PlatformMachine,
  platformMachine,
  securityGroupOf,
} from "./platform-part.ts";

/** Ports at which the gateway answers for the parts behind it. */
export const gatewayPorts = { api: 6443, registry: 5000, database: 3306 } as const;

/** The platform's gateway: the only way to the API server, the registry and the database. */
export class HaProxy extends pulumi.ComponentResource {
  static readonly __pulumiType = "kpaas:index:HaProxy";
  readonly machines: PlatformMachine[];
  /** `host:port` of each service as operators reach it. */
  readonly endpoints: pulumi.Output<Record<keyof typeof gatewayPorts, string>>;

  constructor(name: string, args: PartArgs, opts?: pulumi.ComponentResourceOptions) {
    const plans = machinesOf(args, "haproxy");
    super(HaProxy.__pulumiType, name, { count: plans.length }, opts);

    const publicPorts = Object.values(gatewayPorts);
    const virtualAddress = plans.length > 1 ? this.shareAddress(`${name}-address`, args, publicPorts) : undefined;
    this.machines = plans.map((plan) =>
      platformMachine(`${name}-${plan.ordinal}`, plan, args, {
        parent: this,
        ...(virtualAddress ? { virtualAddress } : { publicPorts }),
      }),
    );
    for (const machine of this.machines)
      firstBoot(`${name}-${machine.plan.ordinal}-first-boot`, machine, args, { parent: this });
    this.endpoints = publicEndpoints(virtualAddress ?? this.machines[0]);
    this.registerOutputs({ endpoints: this.endpoints });
  }

  private shareAddress(name: string, args: PartArgs, publicPorts: number[]): VirtualAddress {
    const { environment, infrastructure, network } = args;
    if (!infrastructure.virtualAddress) throw new Error(`${infrastructure.kind} has no virtual addresses`);
    const address = gatewayAddress(environment);
    const securityGroup = securityGroupOf(args, "haproxy");
    return infrastructure.virtualAddress(name, { network, address, securityGroup, publicPorts }, { parent: this });
  }
}

function publicEndpoints(front: Pick<VirtualAddress, "publicEndpoints"> | undefined): HaProxy["endpoints"] {
  if (!front) throw new Error("an environment has at least one HAProxy machine");
  return front.publicEndpoints.apply((byPort) => {
    const at = (port: number) => {
      const endpoint = byPort[port];
      if (!endpoint) throw new Error(`the gateway does not publish port ${port}`);
      return endpoint;
    };
    return { api: at(gatewayPorts.api), registry: at(gatewayPorts.registry), database: at(gatewayPorts.database) };
  });
}
