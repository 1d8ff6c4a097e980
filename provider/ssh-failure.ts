import { UserError } from "../lib/errors.ts";
import { GiveUp } from "../lib/retry.ts";
import type { SshHost } from "./sdk.ts";

export const address = ({ host, port = 22 }: SshHost): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

export const notInstalled = (): UserError =>
  new GiveUp("OpenSSH's client (ssh, ssh-agent, ssh-add) is not installed", "apt-get install openssh-client");

interface Cause {
  sign: RegExp;
  why: string;
  next: string;
}

const booting =
  "a machine that was just made needs a minute; later see its console in the cloud, and its security groups";

const causes: Cause[] = [
  {
    sign: /Permission denied/,
    why: "it does not accept the environment's key",
    next: "see that its image's user is the `sshUser` of the environment, and that nobody changed its authorized keys",
  },
  {
    sign: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/,
    why: "it shows another host key than before",
    next: "where the machine was made anew outside of kpaas, take its line out of the environment's known_hosts",
  },
  {
    sign: /Error loading key/,
    why: "the environment's private key cannot be read",
    next: "it must have no passphrase",
  },
  { sign: /Connection refused/i, why: "it refuses connections", next: booting },
  { sign: /Could not resolve|ENOTFOUND|EAI_AGAIN/, why: "its name is not known", next: "see the address and the DNS" },
  {
    sign: /timed out|No route|unreachable|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/i,
    why: "it does not answer",
    next: booting,
  },
];

/** Pattern of all that is told where the bastion, or something on the way, gets no connection. */
const closed = /^(kex_exchange_identification: )?Connection (closed|reset) by|UNKNOWN port/;

/** Tells why a machine could not be entered, from what ssh or the system said, and what to do next. */
export function sshFailure(host: SshHost, said: string, bastion?: SshHost): UserError {
  const words = lastLine(said);
  const cause = causes.find(({ sign }) => sign.test(said));
  const unanswered = bastion && closed.test(words) && `nothing answers there through ${address(bastion)}`;
  const why = cause?.why ?? (unanswered || words || "it closes the connection");
  // Whoever waits for a machine shows the message alone.
  return new UserError(`${host.user}@${address(host)} cannot be entered: ${why} (${cause?.next ?? booting})`);
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1)?.trim() ?? "";
