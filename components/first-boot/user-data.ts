import type { MachinePlan } from "../../config/machines.ts";
import type { SshKey } from "../../lib/ssh-key.ts";
import { toYaml } from "../../lib/yaml.ts";

/**
 * Renders a machine's user-data for cloud-init, the same on every infrastructure. It says who the machine is, and nothing that may
 * change while it lives: other user-data is another machine. All else is delivered (`machineFiles`). The only part of it that is secret
 * is the host key of its first connection, over which the installer puts the machine's own in its place.
 */
export function userData(
  { hostname, generation }: Pick<MachinePlan, "hostname" | "generation">,
  firstHostKey?: SshKey,
): string {
  const keys = firstHostKey && {
    ssh_keys: { ed25519_private: firstHostKey.privateKeyPem, ed25519_public: firstHostKey.publicKeyOpenSsh },
  };
  const document = { hostname, preserve_hostname: false, ssh_pwauth: false, ...keys };
  return `#cloud-config\n# generation ${generation}\n${toYaml(document)}`;
}

/** Gives the host key that user-data gives its machine, as ssh knows it; undefined where it gives none, as that of earlier releases. */
export const firstHostKeyIn = (userData: string): string | undefined =>
  /^ {2}ed25519_public: "?(ssh-ed25519 \S+ [^\s"]+)"?$/m.exec(userData)?.[1];
