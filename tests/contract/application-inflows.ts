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
import { texts } from "../simulated-cloud/ledger.ts";
import type { CloudObject } from "../simulated-cloud/simulated-cloud.ts";
import type { ApplicationCloud, Inflow } from "./application-clouds.ts";

/** What each group lets in, by its name in the cloud: in words, sorted, each once. */
type Inflows = Record<string, string[]>;

/** What is there by the config's table. */
export function wantedInflows(environment: Environment, cloud: ApplicationCloud): Inflows {
  const table = applicationFirewall(environment);
  const ofEveryVm = table.get("vms") ?? [];
  const { groupName = (name) => name, groupsHoldEveryVms, healthChecksFrom } = cloud;
  const nameOf = (group: ApplicationFirewallGroup) =>
    group === "gateway" ? `${namePrefix(environment)}-gateway` : groupName(firewallGroupName(environment, group));
  const inWords = (source: ApplicationSource) => {
    if ("group" in source) return nameOf(source.group);
    if ("role" in source) return source.role;
    return "cidr" in source ? source.cidr : outbound;
  };
  const inflowsTo = (group: ApplicationFirewallGroup, rule: ApplicationFirewallRule): Omit<Inflow, "group">[] => {
    const { protocol, fromPort, toPort, source } = rule;
    const flow = { protocol, fromPort, toPort, source: inWords(source) };
    if (healthChecksFrom === undefined) return [flow];
    if (group === "gateway") return portsOf(rule).map((port) => ({ ...flow, fromPort: port, toPort: port }));
    if (!("group" in source) || source.group !== "gateway") return [flow];
    const clients = clientsOf(table, group, rule).map(inWords);
    return [healthChecksFrom, ...clients].map((each) => ({ ...flow, source: each }));
  };
  return inWordsByGroup(
    [...table].flatMap(([group, own]) => {
      const rules = groupsHoldEveryVms && group !== "vms" ? [...own, ...ofEveryVm] : own;
      return rules.flatMap((rule) => inflowsTo(group, rule)).map((flow) => ({ group: nameOf(group), ...flow }));
    }),
  );
}

/** What is there, of the application platform's groups. */
export function foundInflows(cloud: ApplicationCloud, objects: readonly CloudObject[]): Inflows {
  const nat = natRanges(objects);
  const inWords = (source: string) => {
    if (nat.has(source)) return outbound;
    return /-jumphost(-members)?$/.test(source) ? "jumphost" : source;
  };
  const own = cloud.inflows(objects).filter(({ group }) => group.includes("-cf-"));
  return inWordsByGroup(own.map((flow) => ({ ...flow, source: inWords(flow.source) })));
}

const outbound = "the VMs' outer address";

/** Addresses by which VMs without one of their own reach the outside. */
function natRanges(objects: readonly CloudObject[]): Set<string> {
  const outer = objects.filter(({ name }) => /^platform-network-(nat|router)/.test(name));
  const addresses = outer.flatMap(({ outputs }) => texts(outputs)).filter((text) => /^[\d.]+$/.test(text));
  return new Set(addresses.map((address) => `${address}/32`));
}

/** Who may come to the gateway's ports that lead to a rule's. */
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
