import { style } from "../../lib/terminal.ts";
import type { MachineGroup } from "../../plan/machines.ts";

/** The most columns that a plan takes. */
export const maxColumns = 100;

const indent = 2;
const gap = 2;

export function section(title: string, body: string): string {
  return [style("bold", title, process.stdout), ...(body ? [body] : [])].join("\n");
}

/** Wraps text in lines that fit, each after `margin` blanks; a word that is longer stays whole. */
export function wrapped(text: string, margin = indent): string {
  return wrapWords(text, maxColumns - margin)
    .map((line) => " ".repeat(margin) + line)
    .join("\n");
}

/** Renders rows in aligned columns; where they would not fit, the last column goes on in lines of its own. */
export function wrappedTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const margin = indent + widths.slice(0, -1).reduce((sum, width) => sum + width + gap, 0);
  return rows
    .map((row) => {
      const cells = row.slice(0, -1).map((cell, column) => cell.padEnd((widths[column] ?? 0) + gap));
      const [first = "", ...others] = wrapWords(row.at(-1) ?? "", maxColumns - margin);
      const lines = [" ".repeat(indent) + cells.join("") + first, ...others.map((line) => " ".repeat(margin) + line)];
      return lines.map((line) => line.trimEnd()).join("\n");
    })
    .join("\n");
}

/** Header over `sizeCells`. */
export const sizeHeader = ["type", "vCPU", "GiB", "disk", "data"];

/** Gives the cells that say what each machine of a group is. */
export function sizeCells({
  machineType = "-",
  size,
  dataDiskGiB,
}: Pick<MachineGroup, "machineType" | "size" | "dataDiskGiB">): string[] {
  return [machineType, String(size.vcpus), String(size.memoryGiB), String(size.diskGiB), String(dataDiskGiB ?? "-")];
}

/** Lists names out of all there are: those that are missing where these are fewer. */
export function namesText(names: readonly string[], all: readonly string[]): string {
  const absent = all.filter((name) => !names.includes(name));
  if (absent.length === 0) return "all";
  return absent.length <= 2 && names.length > 2 ? `all but ${absent.join(", ")}` : names.join(", ");
}

function wrapWords(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) as string;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
