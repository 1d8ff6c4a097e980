import * as octavia from "@pulumi/openstack/loadbalancer/index.js";
import type * as networking from "@pulumi/openstack/networking/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import type { ApplicationFirewallRule } from "../../config/application-platform/firewall.ts";
import { namePrefix } from "../../config/application-platform/names.ts";
import type { Context } from "./context.ts";
import { goingWithPool, oneAfterAnother } from "./load-balancer.ts";
import type { RoutedNetwork } from "./network.ts";

/** Idle time-out: websockets and streams of logs are quiet for long. */
const idleMilliseconds = 3_600_000;

interface BalancerArgs extends ApplicationInfrastructureArgs {
  /** Id of the first zone's subnet, in which the load balancer has its address. */
  subnetId: pulumi.Output<string>;
  /** Group of the load balancer, where it takes one in place of lists of who may reach it. */
  gatewayGroup?: networking.SecGroup;
}

/**
 * Makes a listener and a pool for each port of the gateway, named after it: the CPI finds pools by their names, and
 * puts VMs into them as it makes them.
 */
export function createApplicationLoadBalancer(
  context: Context,
  name: string,
  args: BalancerArgs,
  opts: pulumi.CustomResourceOptions,
): { resources: pulumi.CustomResource[]; address: pulumi.Output<string> } {
  const prefix = namePrefix(context.environment);
  const { octavia: isOctavia } = context.variant;
  const balancer = new octavia.LoadBalancer(
    `${name}-gateway`,
    {
      name: `${prefix}-gateway`,
      vipSubnetId: args.subnetId,
      securityGroupIds: args.gatewayGroup ? [args.gatewayGroup.id] : undefined,
    },
    opts,
  );
  const inTurn = oneAfterAnother(balancer, opts);
  const ports = gatewayPorts(args.firewall.get("gateway") ?? []);
  const resources = [...ports].flatMap(([port, rules]) => {
    const portName = `${prefix}-${port}`;
    const resourceName = `${name}-gateway-${port}`;
    const listens = {
      name: portName,
      loadbalancerId: balancer.id,
      protocol: "TCP",
      protocolPort: port,
      allowedCidrs: isOctavia ? allowedCidrs(args, rules) : undefined,
      ...(isOctavia && { timeoutClientData: idleMilliseconds, timeoutMemberData: idleMilliseconds }),
    };
    const listener = inTurn((turn) => new octavia.Listener(resourceName, listens, turn));
    const spreads = { name: portName, listenerId: listener.id, protocol: "TCP", lbMethod: "LEAST_CONNECTIONS" };
    const pool = inTurn((turn) => new octavia.Pool(resourceName, spreads, turn));
    const watch = { name: portName, poolId: pool.id, type: "TCP", delay: 5, timeout: 3, maxRetries: 2 };
    const inPool = goingWithPool(context, pool);
    return [listener, pool, inTurn((turn) => new octavia.Monitor(resourceName, watch, { ...turn, ...inPool }))];
  });
  const address = context.variant.createPublicAddress(
    context,
    `${name}-gateway`,
    { portId: balancer.vipPortId, privateIp: balancer.vipAddress, ports: [...ports.keys()] },
    opts,
  );
  return { resources, address };
}

/** Gives the rules of each single port. */
function gatewayPorts(rules: readonly ApplicationFirewallRule[]): Map<number, ApplicationFirewallRule[]> {
  const ports = new Map<number, ApplicationFirewallRule[]>();
  for (const rule of rules)
    for (let port = rule.fromPort ?? 1; port <= (rule.toPort ?? 0); port++)
      ports.set(port, [...(ports.get(port) ?? []), rule]);
  return ports;
}

/** Gives the ranges that rules let in, in the order in which Octavia gives them back. */
function allowedCidrs({ network }: ApplicationInfrastructureArgs, rules: readonly ApplicationFirewallRule[]) {
  const ranges = rules.flatMap(({ source }) => ("cidr" in source ? [source.cidr] : []));
  const isForVms = rules.some(({ source }) => "outbound" in source);
  return pulumi
    .output(isForVms ? (network as RoutedNetwork).outboundAddress?.() : undefined)
    .apply((outbound) => [...new Set([...ranges, ...(outbound ? [`${outbound}/32`] : [])])].sort());
}
