import type { Environment } from "../environment.ts";
import { groupNames } from "./instance-groups.ts";
import type { FirewallGroup } from "./names.ts";
import { ownPortRules, rangesOf } from "./plan.ts";
import { type GroupPeer, type GroupPort, portsOfEveryVm } from "./ports.ts";

/** `gateway` is the load balancer's, where one stands before the routers. */
export type ApplicationFirewallGroup = FirewallGroup | "gateway";

/**
 * A source of connections. `outbound`: the address from which the VMs' connections to addresses outside come, such as
 * their NAT gateway's; by their own domain they reach the gateway's outer address.
 */
export type ApplicationSource =
  | { cidr: string }
  | { group: ApplicationFirewallGroup }
  | { role: "jumphost" }
  | { outbound: true };

/** One allowed inbound flow of a firewall group; everything else is dropped, and everything may leave. */
export interface ApplicationFirewallRule extends Omit<GroupPort, "from"> {
  source: ApplicationSource;
}

export type ApplicationFirewall = ReadonlyMap<ApplicationFirewallGroup, ApplicationFirewallRule[]>;

/**
 * Gives every firewall group with what it lets in. A VM is in its group's and in `vms`, the director in `director` and
 * `vms`. Groups of VMs that are absent or let nobody in have theirs, too: when a setting makes a group absent, BOSH
 * takes its VMs out of it only later, and no cloud deletes one that is in use. Empty where there is no application
 * platform.
 */
export function applicationFirewall(environment: Environment): ApplicationFirewall {
  const { applicationPlatform } = environment;
  if (!applicationPlatform) return new Map();
  const gateway: ApplicationFirewallGroup = applicationPlatform.gateway === "haproxy" ? "haproxy" : "gateway";
  const asRules = ({ from, ...port }: GroupPort): ApplicationFirewallRule[] => {
    const sources = from.flatMap((peer) => sourcesOf(environment, peer, gateway));
    return unique(sources).map((source) => ({ ...port, source }));
  };
  const own = (name: ApplicationFirewallGroup) =>
    ownPortRules(environment)
      .filter(({ group }) => name === group || (group === "gateway" && name === gateway))
      .flatMap(({ group, ...port }) => {
        const byOutside = group === "gateway" && port.from.includes("vms");
        return [
          ...asRules(port),
          ...(byOutside ? [{ ...withoutPeers(port), source: { outbound: true as const } }] : []),
        ];
      });
  const names: ApplicationFirewallGroup[] = ["director", ...(gateway === "gateway" ? [gateway] : []), ...groupNames];
  return new Map<ApplicationFirewallGroup, ApplicationFirewallRule[]>([
    ["vms", portsOfEveryVm.flatMap(asRules)],
    ...names.map((name) => [name, own(name)] as const),
  ]);
}

/** Names a rule among its group's: `tcp-4222-from-10.182.0.0-22`. */
export function applicationRuleName({ protocol, fromPort, source }: ApplicationFirewallRule): string {
  const from =
    "cidr" in source ? source.cidr.replace("/", "-") : "outbound" in source ? "outbound" : Object.values(source)[0];
  return [protocol, ...(fromPort === undefined ? [] : [fromPort]), "from", from].join("-");
}

function sourcesOf(environment: Environment, peer: GroupPeer, gateway: ApplicationFirewallGroup): ApplicationSource[] {
  const ranges = rangesOf(environment, peer);
  if (ranges) return ranges.map((cidr) => ({ cidr }));
  if (peer === "jumphost") return [{ role: peer }];
  return [{ group: peer === "gateway" ? gateway : (peer as FirewallGroup) }];
}

function withoutPeers({ from: _, ...port }: GroupPort): Omit<GroupPort, "from"> {
  return port;
}

function unique(sources: ApplicationSource[]): ApplicationSource[] {
  return [...new Map(sources.map((source) => [JSON.stringify(source), source])).values()];
}
