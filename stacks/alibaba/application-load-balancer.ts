import * as slb from "@pulumi/alicloud/slb/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import type { ApplicationFirewallRule } from "../../config/application-platform/firewall.ts";
import { type GatewayListener, gatewayListeners } from "../../config/application-platform/gateway.ts";
import type { GroupName } from "../../config/application-platform/group.ts";
import { instanceGroups } from "../../config/application-platform/instance-groups.ts";
import { namePrefix } from "../../config/application-platform/names.ts";
import { isOf, natRange } from "./application-firewall.ts";
import type { RoutedNetwork } from "./network.ts";
import { tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** The longest idle time-out there is: websockets and streams of logs are quiet for long. */
const idleSeconds = 900;

const everybody = "0.0.0.0/0";

export const balancedGroups: readonly GroupName[] = [...new Set(gatewayListeners.map(({ group }) => group))];

interface Balancer {
  id: pulumi.Output<string>;
  address: pulumi.Output<string>;
  resources: pulumi.CustomResource[];
}

/**
 * Makes a classic load balancer in zones that the cloud chooses, with a listener for each port of the gateway. The CPI
 * puts VMs of every group that it serves into its one group of servers: which of them have a port is for each
 * listener's health check to tell.
 */
export function createApplicationLoadBalancer(
  context: Context,
  name: string,
  args: Pick<ApplicationInfrastructureArgs, "network" | "firewall">,
  opts: Opts,
): Balancer {
  const { environment } = context;
  const balancer = new slb.ApplicationLoadBalancer(
    `${name}-gateway`,
    {
      loadBalancerName: `${namePrefix(environment)}-gateway`,
      addressType: "internet",
      internetChargeType: "PayByTraffic",
      instanceChargeType: "PayByCLCU",
      tags: tagsOf(environment.name, `${name}-gateway`),
    },
    opts,
  );
  const listOf = listMaker(context, `${name}-clients`, args, opts);
  const rules = args.firewall.get("gateway") ?? [];
  const listeners = gatewayListeners.map((listener) => {
    const { port, vmPort } = listener;
    const own = rules.filter((rule) => isOf(rule, port));
    const isOpen = own.some(({ source }) => "cidr" in source && source.cidr === everybody);
    const list = isOpen ? undefined : listOf(own);
    return new slb.Listener(
      `${name}-gateway-${port}`,
      {
        loadBalancerId: balancer.id,
        protocol: "tcp",
        frontendPort: port,
        backendPort: vmPort,
        bandwidth: -1,
        establishedTimeout: idleSeconds,
        healthCheckType: "tcp",
        healthCheckConnectPort: watchedPort(listener),
        healthCheckInterval: 2,
        healthCheckTimeout: 3,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        ...(list ? { aclStatus: "on", aclType: "white", aclIds: [list.id] } : { aclStatus: "off" }),
      },
      // A port belongs to one at a time. An empty list lets nobody in.
      { ...opts, deleteBeforeReplace: true, dependsOn: list?.entries },
    );
  });
  const { id, address } = balancer;
  return { id, address, resources: listeners };
}

/** Number of listeners that one list of who may come serves at most. */
const mostListeners = 50;

interface List {
  id: pulumi.Output<string>;
  entries: pulumi.CustomResource[];
  listeners: number;
}

/** Makes the lists of who may come to a listener: the same one for listeners of the same sources, as long as it takes more. */
function listMaker(
  { environment }: Context,
  name: string,
  args: Pick<ApplicationInfrastructureArgs, "network">,
  opts: Opts,
) {
  const lists: (List & { key: string })[] = [];
  return (rules: readonly ApplicationFirewallRule[]): List => {
    const key = JSON.stringify(rules.map(({ source }) => source));
    const known = lists.find((list) => list.key === key && list.listeners < mostListeners);
    if (known) {
      known.listeners += 1;
      return known;
    }
    const number = lists.length + 1;
    const listName = `${name}-${number}`;
    const { id } = new slb.Acl(
      listName,
      {
        name: `${namePrefix(environment)}-clients-${number}`,
        ipVersion: "ipv4",
        tags: tagsOf(environment.name, listName),
      },
      opts,
    );
    // Named by range, which is in a list once: by number, a range more would have the next ones made where they still are.
    const entries = rangesOf(args, rules).map(
      ({ range, entry }) => new slb.AclEntryAttachment(`${listName}-${range}`, { aclId: id, entry }, opts),
    );
    const list = { key, id, entries, listeners: 1 };
    lists.push(list);
    return list;
  };
}

/**
 * Gives the port that the health check asks: the one on which the group always answers, or the listener's own where VMs
 * of another group answer on that, too.
 */
export function watchedPort({ group, vmPort, healthPort }: GatewayListener): number {
  const others = balancedGroups.filter((other) => other !== group);
  return others.some((other) => answersAt(other, healthPort)) ? vmPort : healthPort;
}

export function answersAt(group: GroupName, port: number): boolean {
  return (
    gatewayListeners.some((listener) => listener.group === group && listener.vmPort === port) ||
    instanceGroups[group].ports.some(({ fromPort = 0, toPort = 0 }) => port >= fromPort && port <= toPort)
  );
}

interface Range {
  /** Its name among a list's entries. */
  range: string;
  entry: pulumi.Input<string>;
}

/** Gives the ranges that rules let in; VMs come from outside, by the NAT gateway. */
function rangesOf(
  { network }: Pick<ApplicationInfrastructureArgs, "network">,
  rules: readonly ApplicationFirewallRule[],
) {
  return rules.flatMap(({ source }): Range[] => {
    if ("cidr" in source) return [{ range: source.cidr.replace("/", "-"), entry: source.cidr }];
    return "outbound" in source ? [{ range: "outbound", entry: natRange(network as RoutedNetwork) }] : [];
  });
}
