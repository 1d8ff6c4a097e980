import { byId, el, fill, heading, money, number, table } from "./dom.js";

/** Shows what differs between the two environments of the page. */
export function showComparison(difference) {
  const section = byId("comparison");
  section.hidden = false;
  const { from, to, settings, totals, machines, ports, warnings, cost } = difference;
  const rows = [
    ...settings.map(({ what, from, to }) => [what, from, to]),
    ...totals.map(({ what, from, to }) => [what, number(from), number(to)]),
    ...(cost
      ? [["cost per month", money(cost.from, cost.currency), `${money(cost.to, cost.currency)} (${signed(cost)})`]]
      : []),
    ...machines.map(({ group, from, to }) => [`machines: ${group}`, groupText(from), groupText(to)]),
  ];
  const only = (list, side, text) => list.filter((each) => each.only === side).map((each) => el("li", {}, text(each)));
  const onlyIn = (name, side) => {
    const items = [
      ...only(ports, side, ({ role, port, source }) => `${role} is open on ${port} to ${source}`),
      ...only(warnings, side, ({ text }) => text),
    ];
    if (items.length === 0) return undefined;
    return el("div", {}, el("h3", {}, `Only ${name}`), el("ul", {}, ...items));
  };
  const lists = [onlyIn(from, "from"), onlyIn(to, "to")].filter(Boolean);
  fill(
    section,
    heading("comparison", "What differs", `${from} compared with ${to}`),
    rows.length || lists.length ? table(["", from, to], rows, { label: "What differs" }) : el("p", {}, "Nothing."),
    el("div", { class: "columns" }, ...lists),
  );
}

const signed = ({ difference, currency }) => `${difference > 0 ? "+" : ""}${money(difference, currency)}`;

function groupText(group) {
  if (!group) return "none";
  const { count, machineType, size, dataDiskGiB, perZone } = group;
  const zones = count > 1 && perZone.length > 1 ? `, zones ${perZone.join(" + ")}` : "";
  const disks = `${size.diskGiB}${dataDiskGiB ? ` + ${dataDiskGiB}` : ""} GiB disk`;
  return `${number(count)} × ${machineType ? `${machineType}, ` : ""}${size.vcpus} vCPU, ${size.memoryGiB} GiB, ${disks}${zones}`;
}
