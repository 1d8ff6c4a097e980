import * as pulumi from "@pulumi/pulumi";
import { gatewayAddress } from "../config/addresses.ts";
import { capabilitiesOf } from "../config/infrastructure/catalog.ts";
import { type GatewayService, gatewayPorts, gatewayServices } from "../config/ports.ts";
import { roleFacts } from "../config/roles/index.ts";
import type { LoadBalancer, VirtualAddress, Ways } from "./infrastructure.ts";
import {
  deliveredFiles,
  firstBoot,
  machinesOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
  securityGroupOf,
} from "./platform-machine.ts";

/** The only way to the API server, the registry and the database. */
export interface Gateway {
  /** HAProxy machines; none where the gateway is the cloud's load balancer. */
  readonly machines: PlatformMachine[];
  /** `host:port` of each service as operators reach it. */
  readonly endpoints: pulumi.Output<Record<GatewayService, string>>;
  /** Tells it, once they are there, which machines answer for a service. */
  addBackends(service: GatewayService, machines: PlatformMachine[]): Ways;
}

/** Creates the gateway that `containerPlatform.gateway` names. */
export function createGateway(name: string, args: PlatformContext, opts: pulumi.ComponentResourceOptions): Gateway {
  return args.environment.containerPlatform.gateway === "haproxy"
    ? new HaProxy(`${name}-haproxy`, args, opts)
    : new CloudLoadBalancer(`${name}-load-balancer`, args, opts);
}

const publicPorts = Object.values(gatewayPorts);

/** One machine with HAProxy, or two that share an address. */
class HaProxy extends pulumi.ComponentResource implements Gateway {
  static readonly __pulumiType = roleFacts.haproxy.component;
  readonly machines: PlatformMachine[];
  readonly endpoints: Gateway["endpoints"];

  constructor(name: string, args: PlatformContext, opts?: pulumi.ComponentResourceOptions) {
    const plans = machinesOf(args, "haproxy");
    super(HaProxy.__pulumiType, name, { count: plans.length }, opts);

    // A single machine has it, too: it stays as it is when a partner comes or goes.
    const canShare = capabilitiesOf(args.environment.infrastructure).virtualAddress;
    const onlyMachine = plans.length === 1 ? `${name}-1` : undefined;
    const virtualAddress = canShare ? this.sharedAddress(`${name}-address`, args, onlyMachine) : undefined;
    this.machines = plans.map((plan) =>
      platformMachine(`${name}-${plan.ordinal}`, plan, args, {
        parent: this,
        ...(virtualAddress ? { virtualAddress } : { publicPorts }),
      }),
    );
    for (const machine of this.machines) {
      const id = `${name}-${machine.plan.ordinal}`;
      firstBoot(id, machine, deliveredFiles(id, machine, args, this), args, this);
    }
    this.endpoints = endpointsOf(virtualAddress ?? this.machines[0]);
    this.registerOutputs({ endpoints: this.endpoints });
  }

  /** Needs nothing: HAProxy's configuration names the backends' fixed addresses from the start. */
  addBackends(): Ways {
    return { all: [], ofMachine: new Map() };
  }

  private sharedAddress(name: string, args: PlatformContext, onlyMachine?: string): VirtualAddress {
    const { environment, infrastructure, network } = args;
    if (!infrastructure.virtualAddress) throw new Error(`${infrastructure.kind} has no virtual addresses`);
    const address = gatewayAddress(environment);
    const securityGroup = securityGroupOf(args, "haproxy");
    const wanted = { network, address, securityGroup, publicPorts, onlyMachine };
    return infrastructure.virtualAddress(name, wanted, { parent: this });
  }
}

/** The infrastructure's own load balancer, at the address that a HAProxy machine would have. */
class CloudLoadBalancer extends pulumi.ComponentResource implements Gateway {
  static readonly __pulumiType = "kpaas:index:LoadBalancer";
  readonly machines: PlatformMachine[] = [];
  readonly endpoints: Gateway["endpoints"];
  private readonly name: string;
  private readonly loadBalancer: LoadBalancer;

  constructor(name: string, args: PlatformContext, opts?: pulumi.ComponentResourceOptions) {
    super(CloudLoadBalancer.__pulumiType, name, {}, opts);
    this.name = name;
    this.loadBalancer = this.create(args);
    this.endpoints = endpointsOf(this.loadBalancer);
    this.registerOutputs({ endpoints: this.endpoints });
  }

  addBackends(service: GatewayService, machines: PlatformMachine[]): Ways {
    const name = `${this.name}-${service}`;
    return this.loadBalancer.addTargets(name, gatewayPorts[service], machines);
  }

  private create({ environment, infrastructure, network, securityGroups }: PlatformContext): LoadBalancer {
    if (!infrastructure.loadBalancer) throw new Error(`${infrastructure.kind} has no load balancer`);
    const { adminCidrs } = environment.network;
    return infrastructure.loadBalancer(
      this.name,
      { network, address: gatewayAddress(environment), securityGroups, ports: publicPorts, adminCidrs },
      { parent: this },
    );
  }
}

function endpointsOf(front: Pick<LoadBalancer, "publicEndpoints"> | undefined): Gateway["endpoints"] {
  if (!front) throw new Error("an environment has at least one HAProxy machine");
  return front.publicEndpoints.apply((byPort) => {
    const at = (port: number) => {
      const endpoint = byPort[port];
      if (!endpoint) throw new Error(`the gateway does not publish port ${port}`);
      return endpoint;
    };
    const endpoints = gatewayServices.map((service) => [service, at(gatewayPorts[service])]);
    return Object.fromEntries(endpoints) as Record<GatewayService, string>;
  });
}
