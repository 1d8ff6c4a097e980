import * as pulumi from "@pulumi/pulumi";
import {
  firstBoot,
  machinesOf,
  type PartArgs,
  type PlatformMachine,
  platformMachine,
  roleSecurityGroup,
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

    const securityGroup = roleSecurityGroup(`${name}-security-group`, "haproxy", args, this);
    this.machines = plans.map((plan) =>
      platformMachine(`${name}-${plan.ordinal}`, plan, args, {
        parent: this,
        securityGroup,
        publicPorts: Object.values(gatewayPorts),
      }),
    );
    for (const machine of this.machines)
      firstBoot(`${name}-${machine.plan.ordinal}-first-boot`, machine, args, { parent: this });
    this.endpoints = publicEndpoints(this.machines);
    this.registerOutputs({ endpoints: this.endpoints });
  }
}

function publicEndpoints([first]: PlatformMachine[]): HaProxy["endpoints"] {
  if (!first) throw new Error("an environment has at least one HAProxy machine");
  return first.publicEndpoints.apply((byPort) => {
    const at = (port: number) => {
      const endpoint = byPort[port];
      if (!endpoint) throw new Error(`${first.plan.name} does not publish port ${port}`);
      return endpoint;
    };
    return { api: at(gatewayPorts.api), registry: at(gatewayPorts.registry), database: at(gatewayPorts.database) };
  });
}
