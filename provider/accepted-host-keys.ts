/** Variable with `<machine>=<fingerprint>`, separated by commas, of host keys that the user vouches for: `--accept-host-key` of `./kpaas`. */
export const acceptHostKeysVariable = "KPAAS_ACCEPT_HOST_KEYS";

/** Gives the fingerprint of the host key that the user vouches for, of a machine that was made anew by hand. */
export function acceptedHostKey(machine: string): string | undefined {
  for (const each of (process.env[acceptHostKeysVariable] ?? "").split(",")) {
    const [, name, fingerprint] = /^([^=]+)=(.+)$/.exec(each) ?? [];
    if (name && (machine === name || machine.endsWith(`-${name}`))) return fingerprint;
  }
  return undefined;
}
