import { style } from "../../lib/terminal.ts";
import { money } from "../../plan/cost.ts";
import type { Difference, MachineChange } from "../../plan/difference.ts";
import { isEmpty } from "../../plan/difference.ts";
import type { Edit } from "../../plan/edit.ts";
import type { CountedGroup } from "../../plan/machines.ts";
import { section, wrapped, wrappedTable } from "./layout.ts";
import { rolloutText } from "./rollout.ts";

/** Renders what differs, in tables of at most 100 columns; `-` is only in the first environment, `+` only in the second. */
export function differenceText(difference: Difference): string {
  const { from, to } = difference;
  const title = style("bold", `From ${from} to ${to}`, process.stdout);
  if (isEmpty(difference)) return `${title}: no difference`;
  const parts: [string, string][] = [
    ["Settings", changes(difference.settings)],
    ["Totals", changes(difference.totals.map((change) => ({ ...change, from: `${change.from}`, to: `${change.to}` })))],
    ["Machines", machines(difference.machines)],
    ["Ports", ports(difference)],
    ["Cost per month", cost(difference)],
    ["Refused while it is up", refused(difference.edit)],
    ["On machines that are there", difference.edit ? rolloutText(difference.edit.rollout) : ""],
    ["Warnings", difference.warnings.map(({ only, text }) => marked(only, wrapped(text, 4).trimStart())).join("\n")],
  ];
  return [title, ...parts.filter(([, body]) => body).map(([title, body]) => section(title, body))].join("\n\n");
}

function changes(list: readonly { what: string; from: string; to: string }[]): string {
  return list.length ? wrappedTable(list.map(({ what, from, to }) => [what, from, "->", to])) : "";
}

function machines(list: readonly MachineChange[]): string {
  return changes(list.map(({ group, from, to }) => ({ what: group, from: groupText(from), to: groupText(to) })));
}

function groupText(group: CountedGroup | undefined): string {
  if (!group) return "none";
  const { count, machineType, size, dataDiskGiB, perZone } = group;
  const { vcpus, memoryGiB, diskGiB } = size;
  const disks = `${diskGiB}${dataDiskGiB ? ` + ${dataDiskGiB}` : ""} GiB disk`;
  const zones = count > 1 && perZone.length > 1 ? `, zones ${perZone.join("+")}` : "";
  return `${count} × ${machineType ? `${machineType} ` : ""}${vcpus}/${memoryGiB}, ${disks}${zones}`;
}

function ports({ ports }: Difference): string {
  return ports.map(({ only, role, port, source }) => marked(only, `${role} ${port} from ${source}`)).join("\n");
}

function cost({ cost }: Difference): string {
  if (!cost) return "";
  const { currency, from, to, difference } = cost;
  const sign = difference > 0 ? "+" : "";
  return wrapped(`${money(from, currency)} -> ${money(to, currency)} (${sign}${money(difference, currency)})`);
}

/** Lists what `up` refuses where the other's file is edited to be this one. */
function refused(edit: Edit | undefined): string {
  const mark = style("red", "!", process.stdout);
  const lines = (edit?.refused ?? []).map(
    ({ path, reason }) => `  ${mark} ${wrapped(`${path}: ${reason}`, 4).trimStart()}`,
  );
  return [...lines, ...(lines.length > 0 ? ["  with any of these, up refuses all of the edit"] : [])].join("\n");
}

function marked(only: "from" | "to", text: string): string {
  const mark = only === "from" ? style("red", "-", process.stdout) : style("green", "+", process.stdout);
  return `  ${mark} ${text}`;
}
