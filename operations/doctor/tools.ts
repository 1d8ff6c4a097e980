import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { oldestPulumi, versions } from "../../config/versions.ts";
import { repository } from "../../lib/repository.ts";
import { run } from "../../lib/run.ts";
import { formatBytes } from "../../lib/terminal.ts";
import { cacheDir } from "../../toolchain/cache.ts";
import type { Examination } from "./examination.ts";

/** Finds nothing wrong: the launcher lets no older Node.js through, nor a missing package. */
export const node: Examination = async () => [{ name: "Node.js", level: "ok", found: process.version }];

export const npmPackages: Examination = async () => [
  { name: "npm packages", level: "ok", found: join(repository, "node_modules") },
];

export const pulumi: Examination = async () => {
  const onPath = await firstLine("pulumi", ["version"]);
  if (onPath) return [{ name: "Pulumi", level: "ok", found: `${onPath} on PATH; used if ${oldestPulumi} or newer` }];
  const cached = (await cachedTools()).find((name) => /^pulumi-(release|go)-/.test(name));
  const found = cached
    ? `${versions.pulumi}, cached`
    : `not here: up downloads ${versions.pulumi}, or builds it (6 minutes)`;
  return [{ name: "Pulumi", level: "ok", found }];
};

export const goToolchain: Examination = async () => {
  const version = await firstLine("go", ["version"]);
  if (version) return [{ name: "Go", level: "ok", found: version.replace(/^go version /, "") }];
  return [
    {
      name: "Go",
      level: "warning",
      found: "not installed; needed only where releases of Pulumi and Kubernetes cannot be downloaded",
      remedy: "install Go from https://go.dev/dl if the registries below are out of reach",
    },
  ];
};

/** Looks for ssh, ssh-agent and ssh-add; machines of `local` need none, as their container engine is the way into them. */
export const sshClient: Examination = async () => {
  const paths = await Promise.all(
    ["ssh", "ssh-agent", "ssh-add"].map((tool) => firstLine("sh", ["-c", `command -v ${tool}`])),
  );
  const [ssh] = paths;
  if (ssh && paths.every(Boolean)) return [{ name: "OpenSSH client", level: "ok", found: ssh }];
  return [
    {
      name: "OpenSSH client",
      level: "warning",
      found: "ssh, ssh-agent or ssh-add is not installed; needed for every infrastructure but local",
      remedy: "apt-get install openssh-client",
    },
  ];
};

export const caches: Examination = async () => {
  const folder = cacheDir();
  const size = existsSync(folder) ? Number((await firstLine("du", ["-sk", folder]))?.split(/\s/)[0] ?? 0) * 1024 : 0;
  const tools = (await cachedTools()).length;
  return [
    { name: "caches", level: "ok", found: `${formatBytes(size)}, ${tools} entries in ${folder}; safe to delete` },
  ];
};

async function cachedTools(): Promise<string[]> {
  const folder = cacheDir();
  return existsSync(folder) ? (await readdir(folder)).filter((name) => !name.startsWith(".")) : [];
}

/** Gives the first line that a command prints; undefined where the command is missing or fails. */
async function firstLine(command: string, args: string[]): Promise<string | undefined> {
  try {
    return (await run(command, args, { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } })).split("\n")[0]?.trim();
  } catch {
    return undefined;
  }
}
