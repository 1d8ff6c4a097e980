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

/** Renders the known_hosts of one connection: the key that the host must show; nothing where its fingerprint alone is known. */
export const knownHosts = (host: SshHost): string =>
  isFingerprint(host.hostKey) ? "" : `${hostKeyAlias(host)} ${host.hostKey}\n`;

const hostKeyAlias = ({ hostId }: SshHost): string => hostId ?? destination;

export const isFingerprint = (hostKey = ""): boolean => hostKey.startsWith("SHA256:");

/**
 * Renders the ssh_config of one connection, all of it: the user's own is not read. `folder` is the connection's, `via`
 * the folder of the bastion's connection. A host must show its key, or one of the fingerprint that stands in its place. Without either
 * it is trusted at first sight, and from then on held to what `knownHostsFile` says.
 */
export function sshConfig(host: SshHost, folder: string, knownHostsFile: string, via?: string): string {
  const bastion = via && ["ssh", ...sharedConnection(via), "-W", "[%h]:%p", destination];
  const settings: Record<string, string | number> = {
    HostName: host.host,
    Port: host.port ?? 22,
    User: host.user,
    ...(host.hostId || host.hostKey ? { HostKeyAlias: hostKeyAlias(host) } : {}),
    ...(bastion ? { ProxyCommand: bastion.map(proxyWord).join(" ") } : {}),
    ControlMaster: "yes",
    ControlPath: quoted(controlSocket(folder)),
    BatchMode: "yes",
    PreferredAuthentications: "publickey",
    // The agent's key and no other.
    IdentityFile: "none",
    StrictHostKeyChecking: host.hostKey ? "yes" : "accept-new",
    ...(host.hostKey ? { HostKeyAlgorithms: "ssh-ed25519" } : {}),
    ...(isFingerprint(host.hostKey) ? { KnownHostsCommand: keyOfFingerprint(host.hostKey) } : {}),
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

/** Gives the command by which ssh knows whatever key has the fingerprint. ssh also asks it before it has seen any. */
const keyOfFingerprint = (fingerprint = ""): string =>
  `/bin/sh -c "if [ %f = ${fingerprint} ]; then echo %H %t %K; fi"`;

const quoted = (path: string): string => `"${path.replaceAll("%", "%%")}"`;

/** Quotes a word that ssh expands and a shell then reads; `[%h]:%p` is to be expanded. */
const proxyWord = (word: string): string => (word === "[%h]:%p" ? word : shellWord(word.replaceAll("%", "%%")));

/** Gives the command line that runs a command as root, whoever logs in. */
export function rootCommandLine(user: string, argv: readonly string[]): string {
  return commandLine(user === "root" ? argv : ["sudo", "-n", "-H", "--", ...argv]);
}
