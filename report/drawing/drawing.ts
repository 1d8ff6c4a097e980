import type { Tier } from "../../config/roles/role.ts";
import { type Condition, conditionsOf, type Observed, type ObservedMachine } from "../../operations/status/observed.ts";
import { groupNameOf, type PlannedMachine } from "../../plan/machines.ts";
import type { ZonePlan } from "../../plan/network.ts";
import type { Plan } from "../../plan/plan.ts";
import { applicationDrawing } from "./applications.ts";
import { bold, boxPrefix, font, html, outside, quoted, sizeText } from "./text.ts";

/** A box of the drawing: one machine, or machines of a group in one zone. */
interface Box {
  id: string;
  group: string;
  role: string;
  zone: number;
  title: string;
  lines: string[];
  machines: readonly PlannedMachine[];
  isStack: boolean;
  /** The worst condition of its machines, where something was observed. */
  condition?: Condition;
}

/** Machines of a group in one zone that are still drawn singly; more of them are one box. */
const drawnSingly = 3;

/**
 * Draws the architecture in Graphviz' language: zones side by side, their tiers below one another. Colours are the page's. With
 * `observed`, each box says what was observed in words of its own.
 */
export function drawingOf(plan: Plan, index = 0, observed?: Observed): string {
  const boxes = boxesOf(plan, observed);
  const zones = plan.network.zones.map((zone) => zoneRows(zone, boxes));
  return [
    "digraph {",
    `  graph [bgcolor="transparent" fontname="${font}" fontsize=12 nodesep=0.2 ranksep=0.45 newrank=true pad=0.05]`,
    `  node [shape=box style="rounded,filled" fontname="${font}" fontsize=11 margin="0.13,0.07"]`,
    "  edge [arrowsize=0.6]",
    outside("operators", "Operators", plan.network.adminCidrs.slice(0, 3), index),
    ...gatewayNode(plan, index),
    ...zones.flatMap((zone) => zoneCluster(zone, index)),
    ...order(zones),
    ...ways(plan, zones),
    ...applicationDrawing(plan, index, belowOf(zones)),
    "}",
  ].join("\n");
}

/** Draws what requests reach before any machine: an address that a pair shares, or a load balancer. */
function gatewayNode({ network: { gateway } }: Plan, index: number): string[] {
  if (gateway.kind === "load-balancer") return [outside("gateway", "Load balancer", [gateway.address], index)];
  return gateway.shared ? [outside("gateway", "Gateway", [`${gateway.address}, shared`], index)] : [];
}

function boxesOf({ machines }: Plan, observed: Observed | undefined): Box[] {
  const real = new Map(observed?.machines.map((machine) => [machine.name, machine]));
  const places = new Map<string, PlannedMachine[]>();
  for (const planned of machines) {
    const machine = { ...planned, privateIp: real.get(planned.name)?.privateIp ?? planned.privateIp };
    const place = `${groupNameOf(machine)}/${machine.zone}`;
    places.set(place, [...(places.get(place) ?? []), machine]);
  }
  const boxes = [...places.values()].flatMap((here) => (here.length > drawnSingly ? [stack(here)] : here.map(single)));
  return observed ? boxes.map((box) => withCondition(box, real)) : boxes;
}

function withCondition(box: Box, real: ReadonlyMap<string, ObservedMachine>): Box {
  const { worst, text } = conditionsOf(box.machines.flatMap(({ name }) => real.get(name) ?? []));
  return { ...box, lines: [...box.lines, text], condition: worst };
}

function single(machine: PlannedMachine): Box {
  const { name, role, zone, privateIp, addressRange } = machine;
  const address = privateIp ?? addressRange ?? "";
  return {
    id: name,
    group: groupNameOf(machine),
    role,
    zone,
    title: name,
    lines: [sizeText(machine), address],
    machines: [machine],
    isStack: false,
  };
}

function stack(machines: readonly PlannedMachine[]): Box {
  const [first] = machines as [PlannedMachine];
  const { role, zone } = first;
  const group = groupNameOf(first);
  const lines = [`each ${sizeText(first)}`, first.addressRange ?? `${machines.length} addresses`];
  const title = `${machines.length} × ${group}`;
  return { id: `${group}/${zone}`, group, role, zone, title, lines, machines, isStack: true };
}

interface ZoneRows {
  zone: ZonePlan;
  rows: { tier: Tier; cidr: string; boxes: Box[] }[];
}

function zoneRows(zone: ZonePlan, boxes: readonly Box[]): ZoneRows {
  const rows = zone.tiers.map(({ tier, cidr, roles }) => ({
    tier,
    cidr,
    boxes: boxes.filter((box) => box.zone === zone.zone && roles.some(({ role }) => role === box.role)),
  }));
  return { zone, rows };
}

const tierTitles: Record<Tier, string> = { front: "Front", platform: "Platform", workers: "Workers" };

function zoneCluster({ zone: { zone, name, cidr }, rows }: ZoneRows, index: number): string[] {
  const title = [`Zone ${zone}`, name, cidr].filter(Boolean).join("   ");
  return [
    `  subgraph "cluster zone ${zone}" { class="zone" style="rounded" margin=14 labeljust=l fontsize=11 label=${bold(title)}`,
    ...rows.flatMap(({ tier, cidr, boxes }) => {
      const isEmpty = boxes.length === 0;
      const label = quoted(`${tierTitles[tier]}   ${cidr}`);
      const look = `class="tier" style="${isEmpty ? "invis" : "rounded"}" margin=10 labeljust=l labelloc=b fontsize=9`;
      return [
        `    subgraph "cluster zone ${zone} ${tier}" { ${look} label=${label}`,
        ...(isEmpty ? [`      ${emptyRow(zone, tier)} [style=invis label="" height=0.65]`] : []),
        ...boxes.map((box) => `      ${node(box, index)}`),
        "    }",
      ];
    }),
    "  }",
  ];
}

/** Keeps the place of a tier that has no machines in a zone. */
const emptyRow = (zone: number, tier: Tier): string => `"zone ${zone} ${tier}"`;

function node({ id, role, title, lines, isStack, condition }: Box, index: number): string {
  const stacked = isStack ? " peripheries=2" : "";
  const kind = isStack ? "machine stack" : "machine";
  const real = condition ? ` observed-${condition.replace(" ", "-")}` : "";
  return `${quoted(id)} [class="${kind} ${role}${real}" id=${quoted(boxPrefix(index) + id)}${stacked} label=${html(title, lines)}]`;
}

/** Puts each tier on one line in all zones, zones and boxes in the order of the plan. */
function order(zones: readonly ZoneRows[]): string[] {
  const invisible = (line: readonly string[]) =>
    line.slice(1).map((to, index) => `  ${line[index]} -> ${to} [style=invis]`);
  const lines = (Object.keys(tierTitles) as Tier[]).map((tier) => zones.flatMap((zone) => rowIds(zone, tier)));
  const firsts = zones.map((zone) => zone.rows.flatMap(({ tier }) => rowIds(zone, tier).slice(0, 1)));
  return [
    ...lines.map((line) => `  { rank=same; ${line.join("; ")} }`),
    ...lines.flatMap(invisible),
    ...firsts.flatMap(invisible),
  ];
}

function rowIds({ zone, rows }: ZoneRows, tier: Tier): string[] {
  const boxes = rows.find((row) => row.tier === tier)?.boxes ?? [];
  return boxes.length ? boxes.map(({ id }) => quoted(id)) : [emptyRow(zone.zone, tier)];
}

/** Draws how requests come in; all other open ports are shown when a machine is chosen. */
function ways({ network: { gateway } }: Plan, zones: readonly ZoneRows[]): string[] {
  const ids = (role: string) =>
    zones
      .flatMap(({ rows }) => rows.flatMap(({ boxes }) => boxes.filter((box) => box.role === role)))
      .map(({ id }) => id);
  const way = (from: string, to: string) => `  ${quoted(from)} -> ${quoted(to)} [class="way"]`;
  const isBefore = gateway.shared || gateway.kind === "load-balancer";
  return [
    ...ids("bastion").map((to) => way("operators", to)),
    ...(isBefore ? [way("operators", "gateway")] : []),
    ...ids("haproxy").map((to) => way(isBefore ? "gateway" : "operators", to)),
    ...(gateway.kind === "load-balancer" ? ids("master").map((to) => way("gateway", to)) : []),
  ];
}

/** Gives the node below which the application platform is drawn, of the first zone's last row. */
function belowOf([first]: readonly ZoneRows[]): string {
  return first ? (rowIds(first, "workers")[0] ?? "") : "";
}
