import { gatewayServices } from "../../config/ports.ts";
import { style } from "../../lib/terminal.ts";
import { type Cost, type CostLine, money } from "../../plan/cost.ts";
import type { PlannedImage, PlannedSource } from "../../plan/images.ts";
import type { MachineGroup, PlannedMachine } from "../../plan/machines.ts";
import { type Plan, type TransformPlan, versionInWords } from "../../plan/plan.ts";
import { type OpenPort, portText } from "../../plan/ports.ts";
import type { Warning } from "../../plan/warnings.ts";
import { type PolicyReport, relaxationInWords, relaxedInWords } from "../../policies/evaluate.ts";
import { namesText, section, sizeCells, sizeHeader, wrapped, wrappedTable } from "./layout.ts";
import { applicationSections, applicationWaysIn } from "./plan-applications.ts";

/** Renders a plan in tables of at most 100 columns. */
export function planText(plan: Plan): string {
  return [
    headline(plan),
    section("Machines", machines(plan)),
    section("Network", network(plan)),
    section("Ways in from outside", waysIn(plan)),
    section("Open ports (what is not here is closed)", openPorts(plan)),
    section(...images(plan.images)),
    ...applicationSections(plan).map(([title, text]) => section(title, text)),
    section(...cost(plan.cost)),
    section(...policies(plan.policies)),
    ...(plan.transforms ? [section(...changedByTransform(plan.transforms))] : []),
    section(plan.warnings.length ? `Warnings (${plan.warnings.length})` : "No warnings", warnings(plan.warnings)),
  ].join("\n\n");
}

function headline({ environment, purpose, infrastructure, kubernetes, totals, applicationPlatform }: Plan): string {
  const place = [infrastructure.kind, infrastructure.region].filter(Boolean).join(" ");
  const vms = applicationPlatform ? ` and ${applicationPlatform.totals.machines} VMs of the application platform` : "";
  const { machines, workers, vcpus, memoryGiB, bootDiskGiB, dataDiskGiB } = totals;
  const sizes = `${vcpus} vCPU, ${memoryGiB} GiB memory, ${bootDiskGiB} GiB boot and ${dataDiskGiB} GiB data disks`;
  return [
    style(
      "bold",
      `Plan of ${environment}, for ${purpose}: ${place}, Kubernetes ${versionInWords(kubernetes)}, ${kubernetes.podNetwork}`,
      process.stdout,
    ),
    wrapped(`${machines} machines, of which ${workers} ${workers === 1 ? "worker" : "workers"}${vms}; ${sizes}`, 0),
  ].join("\n");
}

function machines({ groups, machines, network }: Plan): string {
  const severalZones = network.zones.length > 1;
  const header = ["role", "count", ...sizeHeader, ...(severalZones ? ["zones"] : []), "addresses"];
  const rows = groups.map((group) => {
    const { name, role, count, perZone } = group;
    return [
      role === "worker" && name !== role ? `worker (${name})` : name,
      String(count),
      ...sizeCells(group),
      ...(severalZones ? [perZone.join(" + ")] : []),
      addresses(group, machines),
    ];
  });
  return wrappedTable([header, ...rows]);
}

function addresses({ name, role }: MachineGroup, machines: readonly PlannedMachine[]): string {
  const own = machines.filter((machine) => (machine.pool ?? machine.role) === name && machine.role === role);
  return [...new Set(own.map(({ privateIp, addressRange }) => privateIp ?? addressRange ?? ""))].join(", ");
}

function network({ network, entryPoints }: Plan): string {
  const { cidr, podCidr, serviceCidr, domain, zones, gateway } = network;
  const zoneLines = zones.map(({ zone, name, cidr, tiers }) => [
    `zone ${zone}${name ? `, ${name}` : ""}`,
    `${cidr}: ${tiers.map(({ tier, cidr }) => `${tier} ${cidr}`).join(", ")}`,
  ]);
  return wrappedTable([
    ["machines", cidr],
    ...zoneLines,
    ["pods", podCidr],
    ["services", serviceCidr],
    ["gateway", `${gateway.address}${gatewayText(gateway)}`],
    ["names", gatewayServices.map((service) => `${service}.${domain}`).join(", ")],
    ["operators", entryPoints[0]?.allowedFrom.join(", ") ?? "none"],
  ]);
}

function gatewayText({ kind, shared }: Plan["network"]["gateway"]): string {
  if (kind === "load-balancer") return ", a load balancer";
  return shared ? ", shared by the HAProxy machines" : "";
}

/** Names a role. The gateway's has its machines' name, also where a load balancer stands in for them. */
function roleName(role: string, { gateway }: Plan["network"]): string {
  return role === "haproxy" && gateway.kind === "load-balancer" ? "load balancer" : role;
}

function waysIn({ entryPoints, applicationPlatform }: Plan): string {
  if (entryPoints.length === 0) return "  none";
  const applications = applicationPlatform ? applicationWaysIn(applicationPlatform) : [];
  const rows = entryPoints.map(({ purpose, protocol, port, privateAddress = "", machines }) => [
    `${protocol} ${port}`,
    privateAddress,
    machines.join(", ") || "load balancer",
    purpose,
  ]);
  return wrappedTable([["port", "address", "machines", "what for"], ...rows, ...applications]);
}

/** Renders open ports; those that are open alike on several roles share a line. */
function openPorts({ ports, network }: Plan): string {
  const present = [...new Set(ports.map(({ role }) => roleName(role, network)))];
  const lines = new Map<string, { roles: string[]; cells: string[] }>();
  for (const port of ports) {
    const cells = [portText(port), sources(port, network), port.purpose];
    const line = lines.get(cells.join()) ?? { roles: [], cells };
    line.roles.push(roleName(port.role, network));
    lines.set(cells.join(), line);
  }
  const rows = [...lines.values()].map(({ roles, cells }) => [namesText(roles, present), ...cells]);
  return wrappedTable([["to", "port", "from", "what for"], ...rows]);
}

function sources({ fromRoles, fromCidrs, fromPods }: OpenPort, network: Plan["network"]): string {
  const { adminCidrs, cidr } = network;
  const named = fromCidrs.map((each) => (adminCidrs.includes(each) ? "operators" : each === cidr ? "machines" : each));
  const roles = fromRoles.map((role) => roleName(role, network));
  return [...new Set([...named, ...roles, ...(fromPods ? ["pods"] : [])])].join(", ");
}

/** Renders images by host: all of a host's come from the same registries. */
function images(images: readonly PlannedImage[]): [title: string, text: string] {
  const hosts = new Map<string, { from: string; filled?: string; names: string[] }>();
  for (const { reference, sources, filledFrom } of images) {
    const [host = ""] = reference.split("/", 1);
    const filled = filledFrom && `put into the platform's registry by up, from ${inOrder(filledFrom)}`;
    const line = hosts.get(host) ?? { from: inOrder(sources), filled, names: [] };
    line.names.push(reference.slice(host.length + 1));
    hosts.set(host, line);
  }
  const rows = [...hosts].flatMap(([host, { from, filled, names }]) => [
    [host, names.join(", ")],
    ["", `from ${from}`],
    ...(filled ? [["", filled]] : []),
  ]);
  return [`Images (${images.length})`, wrappedTable(rows)];
}

const inOrder = (sources: readonly PlannedSource[]): string =>
  sources.map(({ kind, registry }) => (kind === "mirror" ? registry : sourceWords[kind])).join(", then ");

const sourceWords = { platform: "the platform's registry", upstream: "upstream" } as const;

function cost(cost: Cost): [title: string, text: string] {
  if (cost.status === "free") return ["Cost per month", `  none: ${cost.reason}`];
  const items = (unitPrice: (line: CostLine) => string[]) =>
    cost.lines.map((line) => [line.item, `${line.quantity} ${line.unit === "GiB" ? "GiB" : "×"}`, ...unitPrice(line)]);
  if (cost.status === "no-price-table")
    return [
      "Cost per month: no price table",
      `${wrapped("for this infrastructure and region; --prices FILE gives one. What would be billed:")}\n${wrappedTable(items(() => []))}`,
    ];
  const amount = (value: number | undefined) => (value === undefined ? "no price" : money(value, cost.currency));
  const rows = items(({ unitPrice, monthly }) => [amount(unitPrice), amount(monthly)]);
  const { source, date, undated, region, note } = cost.table;
  const sum = cost.unpriced.length
    ? `${money(cost.monthly, cost.currency)} and what has no price`
    : amount(cost.monthly);
  return [
    `Cost per month: ${sum}`,
    [
      wrappedTable([["item", "quantity", "each", "a month"], ...rows]),
      wrapped(
        `Prices ${undated ? "read on" : "of"} ${date}, region ${region}: ${source}.${note ? ` ${note}` : ""} Not included: ${cost.notIncluded.join("; ")}.`,
      ),
    ].join("\n"),
  ];
}

function policies(report: PolicyReport): [title: string, text: string] {
  const { passed, rules, ruleCount, relaxations } = report;
  const findings = rules.flatMap((rule) => rule.violations.map((violation) => ({ rule, violation })));
  const broken = rules.filter(({ violations }) => violations.length > 0).length;
  const lines = findings.map(({ rule, violation: { path, message, remedy } }) => {
    const mark = style(rule.level === "mandatory" ? "red" : "yellow", rule.level.padEnd(9), process.stdout);
    return `  ${mark}  ${wrapped(`${message} (${rule.name}: ${path}); mend: ${remedy}`, 13).trimStart()}`;
  });
  const relaxed = relaxations.map((one) => {
    const mark = style("yellow", (one.isOver ? "over" : "relaxed").padEnd(9), process.stdout);
    return `  ${mark}  ${wrapped(relaxationInWords(one), 13).trimStart()}`;
  });
  const verdict = passed ? (broken ? "no mandatory one is broken" : "all are kept") : "mandatory ones are broken";
  const head = [verdict, relaxedInWords(report)].filter(Boolean).join("; ");
  return [`Policies (${ruleCount}): ${head}`, [...lines, ...relaxed].join("\n")];
}

const changedByTransform = ({ file, types }: TransformPlan): [title: string, text: string] => [
  `Changed by transform (${types.length}): what ./kpaas preview shows differs from this plan`,
  wrappedTable(types.map((type) => [type, file])),
];

const colours = { high: "red", medium: "yellow", low: "cyan" } as const;

function warnings(warnings: readonly Warning[]): string {
  const order = Object.keys(colours);
  return [...warnings]
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
    .map(({ severity, text, remedy }) => {
      const mark = style(colours[severity], severity.padEnd(6), process.stdout);
      return `  ${mark}  ${wrapped(remedy ? `${text}; mend: ${remedy}` : text, 10).trimStart()}`;
    })
    .join("\n");
}
