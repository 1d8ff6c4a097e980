import { execFile } from "node:child_process";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** Docker leaves its bridge and its iptables chains behind when it stops; an engine of our own must not. */
export async function removeEngineNetwork(): Promise<void> {
  await attempt("ip", ["link", "delete", "docker0"]);
  for (const table of ["filter", "nat"]) {
    const { stdout } = await exec("iptables-save", ["-t", table]).catch(() => ({ stdout: "" }));
    const lines = stdout.split("\n");
    // Rules in Docker's chains and jumps to them, in the order they stand in; then the emptied chains.
    for (const rule of lines.filter((line) => line.startsWith("-A") && /DOCKER|docker0/.test(line)))
      await attempt("iptables", ["-t", table, "-D", ...words(rule.slice(3))]);
    for (const chain of lines.filter((line) => line.startsWith(":DOCKER")))
      await attempt("iptables", ["-t", table, "-X", chain.slice(1).split(" ")[0] as string]);
  }
}

/** Arguments of a saved rule; quotes around comments are dropped. */
function words(rule: string): string[] {
  return (rule.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"|"$/g, ""));
}

/** What is gone already needs no removing. */
async function attempt(command: string, args: string[]): Promise<void> {
  await exec(command, args).catch(() => undefined);
}
