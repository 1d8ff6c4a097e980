import type { PlannedMachine } from "../../plan/machines.ts";

/** Gives the start of boxes' ids in the page; the name of a box's machine, or its group and zone, follow. */
export const boxPrefix = (index: number): string => `plan-${index}-`;

/** The widest of the usual ones: in any other that a browser has instead, texts still fit their boxes. */
export const font = "Verdana";

export function sizeText({
  machineType,
  size: { vcpus, memoryGiB },
}: Pick<PlannedMachine, "machineType" | "size">): string {
  return machineType ?? `${vcpus} vCPU, ${memoryGiB} GiB`;
}

/** Draws a box for what is no machine. */
export const outside = (name: string, title: string, lines: string[], index: number): string =>
  `  ${quoted(name)} [class="outside" id=${quoted(boxPrefix(index) + name)} label=${html(title, lines)}]`;

/** Renders a bold title with smaller lines below it. */
export function html(title: string, lines: readonly string[]): string {
  const small = lines.map((line) => `<tr><td align="left"><font point-size="9">${escaped(line)}</font></td></tr>`);
  return `<<table border="0" cellborder="0" cellspacing="0" cellpadding="1"><tr><td align="left"><b>${escaped(title)}</b></td></tr>${small.join("")}</table>>`;
}

export const bold = (text: string): string => `<<b>${escaped(text)}</b>>`;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export const quoted = (text: string): string => `"${text.replaceAll('"', '\\"')}"`;
