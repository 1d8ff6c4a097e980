import { inbound, outbound, portText, roleName, sourceNames } from "./access.js";
import { conditionBadge, conditionCounts, conditionSign, observedBlock } from "./condition.js";
import { byId, el, fill, money, number, plural, roleChip, table } from "./dom.js";

/** Shows the panel beside the drawing, before anything is chosen. */
export function showNothing() {
  fill(byId("details"), el("p", { class: "empty" }, "No machine is chosen."));
}

export function showBox(view, box) {
  if (box.isGroup) showGroup(view, box);
  else showMachine(view, box.machines[0]);
}

/** Shows machines of a group in one zone: they differ by name only. */
function showGroup(view, box) {
  const { machines } = box;
  const list = el("ul", { class: "machines" });
  const filter = el("input", {
    type: "search",
    placeholder: "Filter by name",
    "aria-label": "Filter machines by name",
  });
  const update = () => {
    const shown = machines.filter(({ name }) => name.includes(filter.value.trim()));
    fill(
      list,
      ...shown.map((machine) =>
        el(
          "li",
          {},
          el(
            "button",
            { type: "button", onclick: () => showMachine(view, machine, box) },
            `${conditionSign(view, machine)}${machine.name}`,
          ),
        ),
      ),
    );
  };
  filter.addEventListener("input", update);
  update();
  const { role, pool, zone } = machines[0];
  fill(
    byId("details"),
    el("p", {}, roleChip(role)),
    el("h3", {}, `${number(machines.length)} × ${pool ?? role}, zone ${zone}`),
    conditionCounts(view, machines),
    facts(view, machines[0], plural(machines.length, "machine")),
    filter,
    list,
  );
}

function showMachine(view, machine, group) {
  const { plan } = view;
  const { name, role, hostname } = machine;
  const panel = byId("details");
  fill(
    panel,
    el(
      "p",
      {},
      roleChip(role),
      machine.pool && machine.pool !== role && el("span", { class: "quiet" }, ` pool ${machine.pool}`),
    ),
    el("h3", {}, name),
    el("p", { class: "quiet" }, el("code", {}, hostname)),
    conditionBadge(view, machine),
    observedBlock(view, machine),
    facts(view, machine),
    ports("Open to", inbound(plan, role), (port) => sourceNames(port, plan.network)),
    ports("May connect to", outbound(plan, role), (port) => roleName(port.role, plan.network)),
    policies(view, machine),
    userData(view, machine),
  );
  if (group) {
    const back = el(
      "button",
      { type: "button", class: "back", onclick: () => showGroup(view, group) },
      "← all of the group",
    );
    panel.prepend(back);
    back.focus();
  }
}

function facts({ plan }, machine, count) {
  const { size, machineType, zone, zoneName, privateIp, addressRange, dataDisk, generation } = machine;
  const rows = {
    Count: count,
    Type: machineType,
    Size: `${size.vcpus} vCPU, ${size.memoryGiB} GiB memory`,
    "Boot disk": `${size.diskGiB} GiB`,
    "Data disk": dataDisk && `${dataDisk.sizeGiB} GiB at ${dataDisk.mountPath}, kept when the machine is replaced`,
    Zone: `${zone}${zoneName ? `, ${zoneName}` : ""}`,
    Address: privateIp ?? (addressRange && `one of ${addressRange}`),
    Generation: generation && `${generation}; raising it replaces the machine`,
    Cost: monthlyCost(plan.cost, machine),
  };
  const shown = Object.entries(rows).filter(([, value]) => value);
  return el("dl", {}, ...shown.flatMap(([key, value]) => [el("dt", {}, key), el("dd", {}, String(value))]));
}

function monthlyCost(cost, { machineType, size, dataDisk }) {
  if (cost.status !== "priced") return undefined;
  const unitPrice = (kind, item) =>
    cost.lines.find((line) => line.kind === kind && (!item || line.item === item))?.unitPrice;
  const [machine, disk] = [unitPrice("machine", machineType), unitPrice("disk")];
  if (machine === undefined || disk === undefined) return "no price";
  return `${money(machine + disk * (size.diskGiB + (dataDisk?.sizeGiB ?? 0)), cost.currency)} a month`;
}

function ports(title, list, peer) {
  if (list.length === 0) return undefined;
  const rows = list.map((port) => [
    el("code", {}, portText(port)),
    peer(port),
    el("span", { class: "quiet" }, port.purpose),
  ]);
  return el(
    "div",
    { class: "block" },
    el("h4", {}, title),
    table(["Port", title === "Open to" ? "From" : "To", "For"], rows, { label: title }),
  );
}

/** Shows violations whose path names this machine. */
function policies({ plan }, { name }) {
  const about = plan.policies.rules.flatMap((rule) =>
    rule.violations
      .filter(({ path }) => path.split(/[.[\]: /]+/).includes(name))
      .map((violation) => ({ rule, violation })),
  );
  const items = about.map(({ rule, violation }) =>
    el(
      "li",
      {},
      el("span", { class: `badge ${rule.level}` }, rule.level),
      ` ${violation.message} `,
      el("span", { class: "quiet" }, rule.name),
    ),
  );
  return el(
    "div",
    { class: "block" },
    el("h4", {}, "Policies"),
    items.length
      ? el("ul", { class: "plain" }, ...items)
      : el("p", { class: "quiet" }, "Nothing against this machine."),
  );
}

function userData({ userData: texts, hostnamePlaceholder }, { name, pool, hostname }) {
  const text = texts[pool ?? name]?.replaceAll(hostnamePlaceholder, hostname);
  if (text === undefined) return undefined;
  const kibibytes = (new TextEncoder().encode(text).length / 1024).toFixed(1);
  return el(
    "details",
    { class: "block user-data" },
    el("summary", {}, `User-data, ${kibibytes} KiB`),
    el("pre", { tabindex: "0", role: "group", "aria-label": `User-data of ${name}` }, text),
  );
}
