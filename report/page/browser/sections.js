import { portText, roleName, sourceName, sourceNames, sourcesOf } from "./access.js";
import { byId, el, fill, heading, money, number, plural, roleChip, table, tile } from "./dom.js";
import { observedTiles } from "./observed.js";

export function showTitle({ plan }) {
  const { environment, purpose, infrastructure, kubernetes } = plan;
  byId("name").textContent = environment;
  const place = [infrastructure.kind, infrastructure.region].filter(Boolean).join(" ");
  byId("summary").textContent =
    `${purpose} · ${place} · Kubernetes ${kubernetes.version} · ${kubernetes.podNetwork} · ${plural(plan.network.zones.length, "zone")}`;
}

export function showTiles({ plan, observed }) {
  const { totals, cost, warnings, policies, applicationPlatform } = plan;
  const vms = applicationPlatform ? `, ${plural(applicationPlatform.totals.machines, "application VM")}` : "";
  const high = warnings.filter(({ severity }) => severity === "high").length;
  const broken = policies.rules.filter(({ violations }) => violations.length > 0);
  const mandatory = broken.filter(({ level }) => level === "mandatory").length;
  fill(
    byId("tiles"),
    ...(observed ? observedTiles(observed) : []),
    tile("Machines", number(totals.machines), `${plural(totals.workers, "worker")}${vms}`),
    tile("Processors", number(totals.vcpus), "vCPU"),
    tile("Memory", number(totals.memoryGiB), "GiB"),
    tile("Disks", number(totals.bootDiskGiB + totals.dataDiskGiB), `GiB, ${number(totals.dataDiskGiB)} of them data`),
    tile("Cost per month", ...costTile(cost)),
    tile(
      "Warnings",
      number(warnings.length),
      high ? `${high} of high severity` : "none of high severity",
      high ? "bad" : "good",
    ),
    tile(
      "Policies",
      mandatory ? `${mandatory} broken` : "kept",
      `${plural(policies.rules.length, "rule")}, ${number(broken.length)} with findings`,
      mandatory ? "bad" : "good",
    ),
  );
}

function costTile(cost) {
  if (cost.status === "free") return ["none", `on ${cost.reason}`];
  if (cost.status === "no-price-table") return ["unknown", "no price table"];
  return [money(cost.monthly, cost.currency), cost.unpriced.length ? "and what has no price" : "before taxes"];
}

export function showCost({ plan: { cost } }) {
  const section = byId("cost");
  if (cost.status === "free") {
    fill(section, heading("cost", "Cost per month"), el("p", {}, `None: the platform runs on ${cost.reason}.`));
    return;
  }
  const isPriced = cost.status === "priced";
  const amount = (value) => ({ number: value === undefined ? "no price" : money(value, cost.currency) });
  const rows = cost.lines.map(({ item, kind, quantity, unit, unitPrice, monthly }) => [
    kind === "disk" ? `disks, ${item}` : item,
    { number: `${number(quantity)} ${unit === "GiB" ? "GiB" : "×"}` },
    ...(isPriced ? [amount(unitPrice), amount(monthly)] : []),
  ]);
  if (isPriced)
    rows.push([el("strong", {}, "Sum"), "", "", { number: el("strong", {}, money(cost.monthly, cost.currency)) }]);
  fill(
    section,
    heading(
      "cost",
      "Cost per month",
      isPriced
        ? undefined
        : "No price table for this infrastructure and region: --prices gives one. This would be billed:",
    ),
    table(["Item", { number: "Quantity" }, ...(isPriced ? [{ number: "Each" }, { number: "A month" }] : [])], rows, {
      label: "Cost per month",
    }),
    el(
      "p",
      { class: "quiet" },
      isPriced
        ? `Prices ${cost.table.undated ? "read on" : "of"} ${cost.table.date}, region ${cost.table.region}: ${cost.table.source}. ${cost.table.note ?? ""} `
        : "",
      `Not included: ${cost.notIncluded.join("; ")}.`,
    ),
  );
}

const severities = ["high", "medium", "low"];

export function showWarnings({ plan: { warnings } }) {
  const sorted = [...warnings].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  const items = sorted.map(({ severity, text, remedy }) =>
    el(
      "li",
      {},
      el("span", { class: `badge ${severity}` }, severity),
      el("span", {}, text, remedy && el("span", { class: "quiet" }, ` Mend: ${remedy}`)),
    ),
  );
  fill(
    byId("warnings"),
    heading("warnings", "Warnings"),
    items.length ? el("ul", { class: "findings" }, ...items) : el("p", {}, "None."),
  );
}

export function showPolicies({ plan: { policies } }) {
  const section = byId("policies");
  const broken = policies.rules.filter(({ violations }) => violations.length > 0);
  const exempt = policies.rules.filter(({ exemption }) => exemption);
  const frameworks = ({ frameworks }) => frameworks.map(({ framework, item }) => `${framework} ${item}`).join(", ");
  const finding = (rule, { path, message, remedy }) =>
    el(
      "li",
      {},
      el("span", { class: `badge ${rule.level}` }, rule.level),
      el(
        "span",
        {},
        message,
        " ",
        el("code", {}, path),
        el("span", { class: "quiet" }, ` ${rule.name} · ${frameworks(rule)} · Mend: ${remedy}`),
      ),
    );
  const rows = policies.rules.map((rule) => [
    el(
      "span",
      { class: `badge ${rule.violations.length ? rule.level : "kept"}` },
      rule.level === "disabled"
        ? "disabled"
        : rule.violations.length
          ? plural(rule.violations.length, "finding")
          : "kept",
    ),
    rule.name,
    rule.severity,
    el("span", { class: "quiet" }, frameworks(rule)),
    rule.description,
  ]);
  fill(
    section,
    heading(
      "policies",
      "Policies",
      policies.passed
        ? "No mandatory rule is broken."
        : "Mandatory rules are broken: preview and up refuse this environment.",
    ),
    el(
      "ul",
      { class: "findings" },
      ...broken.flatMap((rule) => rule.violations.map((violation) => finding(rule, violation))),
    ),
    exempt.length > 0 &&
      el(
        "p",
        {},
        "Exemptions: ",
        exempt.map(({ name, level, exemption }) => `${name} is ${level}: ${exemption}`).join("; "),
      ),
    el(
      "details",
      { class: "block" },
      el("summary", {}, `All ${policies.rules.length} rules`),
      table(["", "Rule", "Severity", "Frameworks", "What holds"], rows, { label: "All rules" }),
    ),
  );
}

export function showMachines({ plan: { groups, network } }) {
  const zones = network.zones.map(({ zone }) => ({ number: `Zone ${zone}` }));
  const rows = groups.map(({ name, role, count, machineType, size, dataDiskGiB, perZone }) => [
    roleChip(role, name),
    { number: number(count) },
    machineType ?? "–",
    { number: size.vcpus },
    { number: `${size.memoryGiB} GiB` },
    { number: `${size.diskGiB} GiB` },
    { number: dataDiskGiB ? `${dataDiskGiB} GiB` : "–" },
    ...perZone.map((inZone) => ({ number: inZone ? number(inZone) : "–" })),
  ]);
  const head = [
    "Group",
    { number: "Machines" },
    "Type",
    { number: "vCPU" },
    { number: "Memory" },
    { number: "Boot disk" },
    { number: "Data disk" },
    ...zones,
  ];
  fill(byId("machines"), heading("machines", "Machines"), table(head, rows, { label: "Machines" }));
}

export function showAccess({ plan }) {
  const { network, ports } = plan;
  const roles = [...new Set(ports.map(({ role }) => role))];
  const chip = (role) => roleChip(role, roleName(role, network));
  const isForAll = ({ protocol, fromRoles, fromCidrs }) =>
    protocol === "icmp" &&
    fromRoles.length === 0 &&
    fromCidrs.every((cidr) => sourceName(cidr, network) === "every machine");
  const sources = ["operators", ...roles, "pods"];
  const cell = (source, role) =>
    ports
      .filter((port) => port.role === role && !isForAll(port) && sourcesOf(port, network).includes(source))
      .map((port) => el("code", { class: "port", title: port.purpose }, portText(port)));
  const rows = sources.map((source) => [
    el("strong", {}, roleName(source, network)),
    ...roles.map((role) => el("div", { class: "ports" }, ...cell(source, role))),
  ]);
  const list = ports.map((port) => [
    chip(port.role),
    el("code", {}, portText(port)),
    sourceNames(port, network),
    port.purpose,
  ]);
  fill(
    byId("access"),
    heading(
      "access",
      "Who may reach whom",
      "Rows open connections to columns. What is not here is closed; ICMP is open between all machines.",
    ),
    table(["From", ...roles.map(chip)], rows, { label: "Who may reach whom" }),
    el(
      "details",
      { class: "block" },
      el("summary", {}, "Every open port and what it is for"),
      table(["To", "Port", "From", "For"], list, { label: "Open ports" }),
    ),
  );
}

export function showNetwork({ plan: { network, entryPoints } }) {
  const zones = network.zones.flatMap(({ zone, name, tiers }) =>
    tiers.map(({ tier, cidr, roles }) => [
      `${zone}${name ? `, ${name}` : ""}`,
      tier,
      el("code", {}, cidr),
      roles.map(({ role, cidr }) => `${role} ${cidr}`).join(", "),
    ]),
  );
  const entries = entryPoints.map(({ purpose, protocol, port, privateAddress, machines, allowedFrom }) => [
    el("code", {}, `${protocol} ${port}`),
    el("code", {}, privateAddress ?? ""),
    machines.join(", ") || "load balancer",
    allowedFrom.join(", "),
    purpose,
  ]);
  fill(
    byId("network"),
    heading(
      "network",
      "Network",
      `Machines ${network.cidr} · pods ${network.podCidr} · services ${network.serviceCidr} · names below ${network.domain}`,
    ),
    el("h3", {}, "Ways in from outside"),
    table(["Port", "Address", "Machines", "Allowed from", "For"], entries, { label: "Ways in from outside" }),
    el("h3", {}, "Address plan"),
    table(["Zone", "Part", "Range", "Roles"], zones, { label: "Address plan" }),
  );
}
