import {
  type ApplicationFirewall,
  type ApplicationFirewallGroup,
  type ApplicationFirewallRule,
  type ApplicationSource,
  applicationFirewall,
} from "../../config/application-platform/firewall.ts";
import { gatewayListeners } from "../../config/application-platform/gateway.ts";
import { firewallGroupName, namePrefix } from "../../config/application-platform/names.ts";
import type { Environment } from "../../config/environment.ts";
import type { CloudObject } from "../harness/simulated-cloud/simulated-cloud.ts";
import type { ApplicationCloud, Inflow } from "./application-clouds.ts";

/** Inflows of each group by its name in the cloud: in words, sorted, each once. */
type Inflows = Record<string, string[]>;

/** Gives the inflows that the config's table asks for, with the addresses that the cloud has given. */
export function wantedInflows(
  environment: Environment,
  cloud: ApplicationCloud,
  objects: readonly CloudObject[],
): Inflows {
  const table = applicationFirewall(environment);
  const ofEveryVm = table.get("vms") ?? [];
  const { groupName = (name) => name, groupsHoldEveryVms, balancerRange, passesClientsOn } = cloud;
  const outbound = natRanges(objects);
  const nameOf = (group: ApplicationFirewallGroup) =>
    group === "gateway" ? `${namePrefix(environment)}-gateway` : groupName(firewallGroupName(environment, group));
  const namesOf = (source: ApplicationSource): string[] => {
    if ("outbound" in source) return outbound;
    if ("group" in source) return [nameOf(source.group)];
    return ["role" in source ? source.role : source.cidr];
  };
  const inflowsTo = (group: ApplicationFirewallGroup, rule: ApplicationFirewallRule): Omit<Inflow, "group">[] => {
    const { protocol, fromPort, toPort, source } = rule;
    const from = (sources: string[]) => sources.map((each) => ({ protocol, fromPort, toPort, source: each }));
    const flows = from(namesOf(source));
    if (group === "gateway" && passesClientsOn)
      return portsOf(rule).flatMap((port) => flows.map((flow) => ({ ...flow, fromPort: port, toPort: port })));
    if (balancerRange === undefined || !("group" in source) || source.group !== "gateway") return flows;
    const clients = passesClientsOn ? clientsOf(table, group, rule).flatMap(namesOf) : [];
    return from([balancerRange, ...clients]);
  };
  return inWordsByGroup(
    [...table].flatMap(([group, own]) => {
      const rules = groupsHoldEveryVms && group !== "vms" ? [...own, ...ofEveryVm] : own;
      return rules.flatMap((rule) => inflowsTo(group, rule)).map((flow) => ({ group: nameOf(group), ...flow }));
    }),
  );
}

/** Gives the inflows that the application platform's groups have in the cloud. */
export function foundInflows(cloud: ApplicationCloud, objects: readonly CloudObject[]): Inflows {
  const own = cloud.inflows(objects).filter(({ group }) => group.includes("-cf-"));
  const calledByRole = (source: string) => (/-jumphost(-members)?$/.test(source) ? "jumphost" : source);
  return inWordsByGroup(own.map((flow) => ({ ...flow, source: calledByRole(flow.source) })));
}

/** Addresses by which VMs reach the outside; none in a network that is there already, whose router nobody knows. */
function natRanges(objects: readonly CloudObject[]): string[] {
  return objects
    .filter(({ name }) => /^platform-network-nat/.test(name))
    .flatMap(({ outputs }) => outputs.address ?? outputs.ipAddress ?? outputs.publicIp ?? [])
    .map((address) => `${address}/32`);
}

/** Gives the sources that may reach those ports of the gateway that lead to a rule's. */
function clientsOf(table: ApplicationFirewall, group: ApplicationFirewallGroup, rule: ApplicationFirewallRule) {
  const leading = gatewayListeners.filter((listener) => listener.group === group && has(rule, listener.vmPort));
  const ways = (table.get("gateway") ?? []).filter((way) => leading.some(({ port }) => has(way, port)));
  return ways.map(({ source }) => source);
}

const has = ({ fromPort = 0, toPort = 0 }: ApplicationFirewallRule, port: number) => port >= fromPort && port <= toPort;

const portsOf = ({ fromPort = 0, toPort = 0 }: ApplicationFirewallRule) =>
  Array.from({ length: toPort - fromPort + 1 }, (_, index) => fromPort + index);

function inWordsByGroup(inflows: Inflow[]): Inflows {
  const groups = new Map<string, Set<string>>();
  for (const { group, protocol, fromPort, toPort, source } of inflows) {
    const words = [protocol, ...(fromPort === undefined ? [] : [`${fromPort}-${toPort}`]), "from", source].join(" ");
    groups.set(group, (groups.get(group) ?? new Set()).add(words));
  }
  return Object.fromEntries([...groups].map(([group, words]) => [group, [...words].sort()]));
}
