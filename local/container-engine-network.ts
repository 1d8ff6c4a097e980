import { execFile } from "node:child_process";
import { readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** Settings of its host that dockerd changes and does not change back. */
export interface HostNetwork {
  ipForward: string;
  /** Policy of iptables' FORWARD chain. */
  forwardPolicy: string;
}

const ipForwardFile = "/proc/sys/net/ipv4/ip_forward";

export async function hostNetwork(): Promise<HostNetwork> {
  const { stdout } = await exec("iptables", ["-S", "FORWARD"]).catch(() => ({ stdout: "" }));
  return {
    ipForward: readFileSync(ipForwardFile, "utf8").trim(),
    forwardPolicy: /^-P FORWARD (\w+)$/m.exec(stdout)?.[1] ?? "ACCEPT",
  };
}

/** Takes away the bridge and the iptables chains that Docker leaves behind when it stops; any other Docker makes its own anew. */
export async function restoreHostNetwork(before: HostNetwork): Promise<void> {
  await attempt("ip", ["link", "delete", "docker0"]);
  for (const command of ["iptables", "ip6tables"])
    for (const table of ["filter", "nat", "raw"]) {
      const { stdout } = await exec(`${command}-save`, ["-t", table]).catch(() => ({ stdout: "" }));
      for (const args of dockerRemovals(stdout)) await attempt(command, ["-t", table, ...args]);
    }
  await attempt("iptables", ["-P", "FORWARD", before.forwardPolicy]);
  writeFileSync(ipForwardFile, before.ipForward);
  for (const folder of ["/run/docker/plugins", "/run/docker"]) removeIfEmpty(folder);
}

/**
 * Gives the arguments that remove what is Docker's from a table as `iptables-save` shows it: rules first, then the emptied
 * chains.
 */
export function dockerRemovals(saved: string): string[][] {
  const lines = saved.split("\n");
  const rules = lines.filter((line) => line.startsWith("-A ") && /\bDOCKER|\bdocker0\b/.test(line));
  const chains = lines.flatMap((line) => /^:(DOCKER\S*)/.exec(line)?.[1] ?? []);
  return [...rules.map((rule) => ["-D", ...words(rule.slice(3))]), ...chains.map((chain) => ["-X", chain])];
}

function words(rule: string): string[] {
  return (rule.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"|"$/g, ""));
}

/** Runs a command and ignores its failure: what is gone already needs no removing. */
async function attempt(command: string, args: string[]): Promise<void> {
  await exec(command, args).catch(() => undefined);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Missing, or another program's.
  }
}
