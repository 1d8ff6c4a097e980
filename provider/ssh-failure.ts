import { UserError } from "../lib/errors.ts";
import { GiveUp } from "../lib/retry.ts";
import { fingerprintOf } from "../lib/ssh-key.ts";
import type { SshHost } from "./sdk.ts";
import { isFingerprint } from "./ssh-config.ts";

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

/** Thrown where a machine shows another host key than it must: it was made anew outside of kpaas, or somebody is in its place. */
export class OtherHostKey extends GiveUp {
  /** Fingerprint of the key that it shows; absent where that is of another kind. */
  readonly found?: string;

  constructor(host: SshHost, said: string) {
    const found = /^(SHA256:[A-Za-z0-9+/]+)\.?$/m.exec(said)?.[1];
    const name = host.hostKey?.split(" ")[2];
    const shows = `it shows the host key ${found ?? "of another kind"}, and ${expected(host)}`;
    const accept = found && name ? ` where that is this one: ./kpaas up --accept-host-key ${name}=${found};` : "";
    // Whoever waits for a machine shows the message alone.
    super(
      `${host.user}@${address(host)} cannot be entered: ${shows}. Nothing was sent to it ` +
        `(see on the cloud's console which key is its own;${accept} where it was made anew by hand: raise its generation; ` +
        "else find out who answers in its place)",
    );
    if (found) this.found = found;
  }
}

function expected({ hostKey }: SshHost): string {
  if (!hostKey) return "the environment's known_hosts has another one of it";
  const name = hostKey.split(" ")[2];
  return `${name ? `${name}'s` : "the one that it must show"} is ${isFingerprint(hostKey) ? hostKey : fingerprintOf(hostKey)}`;
}

const otherHostKey = /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|no matching host key type/;

/** Tells why a machine could not be entered, from what ssh or the system said, and what to do next. */
export function sshFailure(host: SshHost, said: string, bastion?: SshHost): UserError {
  if (otherHostKey.test(said)) return new OtherHostKey(host, said);
  const words = lastLine(said);
  const cause = causes.find(({ sign }) => sign.test(said));
  const unanswered = bastion && closed.test(words) && `nothing answers there through ${address(bastion)}`;
  const why = cause?.why ?? (unanswered || words || "it closes the connection");
  // Whoever waits for a machine shows the message alone.
  return new UserError(`${host.user}@${address(host)} cannot be entered: ${why} (${cause?.next ?? booting})`);
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1)?.trim() ?? "";
