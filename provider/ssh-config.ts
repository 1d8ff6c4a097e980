import { join } from "node:path";
import { commandLine, shellWord } from "../lib/shell.ts";
import type { SshHost } from "./sdk.ts";

const connectTimeoutSeconds = 10;
/** Interval of signs of life: a connection that is quiet for three times as long is dead. */
const aliveIntervalSeconds = 5;

/** Gives the arguments of an ssh that may only use a connection that is there; they precede its command. */
export function sharedConnection(folder: string): string[] {
  return ["-F", "none", "-S", controlSocket(folder), "-o", "ProxyCommand=false", "-o", "LogLevel=ERROR"];
}

/** The destination's name on command lines, where the connection decides which host that is. */
export const destination = "machine";

export const configFile = (folder: string): string => join(folder, "config");

/** Gives the control socket's path, a short one: systems allow little more than 100 bytes, of which ssh adds some. */
const controlSocket = (folder: string): string => join(folder, "control");

/**
 * Renders the ssh_config of one connection, all of it: the user's own is not read. `folder` is the connection's, `via`
 * the folder of the bastion's connection.
 */
export function sshConfig(host: SshHost, folder: string, knownHostsFile: string, via?: string): string {
  const bastion = via && ["ssh", ...sharedConnection(via), "-W", "[%h]:%p", destination];
  const settings: Record<string, string | number> = {
    HostName: host.host,
    Port: host.port ?? 22,
    User: host.user,
    ...(host.hostId ? { HostKeyAlias: host.hostId } : {}),
    ...(bastion ? { ProxyCommand: bastion.map(proxyWord).join(" ") } : {}),
    ControlMaster: "yes",
    ControlPath: quoted(controlSocket(folder)),
    BatchMode: "yes",
    PreferredAuthentications: "publickey",
    // The agent's key and no other.
    IdentityFile: "none",
    StrictHostKeyChecking: "accept-new",
    UserKnownHostsFile: quoted(knownHostsFile),
    GlobalKnownHostsFile: "none",
    UpdateHostKeys: "no",
    ConnectTimeout: connectTimeoutSeconds,
    ServerAliveInterval: aliveIntervalSeconds,
    ServerAliveCountMax: 3,
    LogLevel: "ERROR",
    // The key is needed until here.
    PermitLocalCommand: "yes",
    LocalCommand: 'kill "$SSH_AGENT_PID"',
  };
  return [`Host ${destination}`, ...Object.entries(settings).map(([name, value]) => `  ${name} ${value}`), ""].join(
    "\n",
  );
}

const quoted = (path: string): string => `"${path.replaceAll("%", "%%")}"`;

/** Quotes a word that ssh expands and a shell then reads; `[%h]:%p` is to be expanded. */
const proxyWord = (word: string): string => (word === "[%h]:%p" ? word : shellWord(word.replaceAll("%", "%%")));

/** Gives the command line that runs a command as root, whoever logs in. */
export function rootCommandLine(user: string, argv: readonly string[]): string {
  return commandLine(user === "root" ? argv : ["sudo", "-n", "-H", "--", ...argv]);
}
