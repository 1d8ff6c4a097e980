import { hkdfSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { MachinePlan } from "../config/machines.ts";
import { hostKeyPath, type SshKey, sshKeyOf } from "../lib/ssh-key.ts";
import type { Connection, MachineFile, SshHost } from "../provider/sdk.ts";

type Named = Pick<MachinePlan, "name" | "generation">;

/**
 * Derives the host key that a machine has by its user-data: who reads that could stand between installer and machine, until the first
 * connection, which ends it. Derived like the machine's own, so that neither costs a resource, and a killed run changes nothing.
 */
export const firstHostKey = (seed: string, { name, generation }: Named): SshKey =>
  sshKeyOf(derived(seed, `first host key of ${name}, generation ${generation}`), name);

/** Derives the host key by which a machine, and none that comes in its place, proves itself as long as it lives. */
export const ownHostKey = (seed: string, { name }: Pick<MachinePlan, "name">, machineId: string): SshKey =>
  sshKeyOf(derived(seed, `host key of ${name}, ${machineId}`), name);

const derived = (seed: string, purpose: string): Buffer => Buffer.from(hkdfSync("sha256", seed, "", purpose, 32));

/** Renders a machine's own host key as the files in which sshd has it. */
export const hostKeyFiles = ({ privateKeyPem, publicKeyOpenSsh }: SshKey): MachineFile[] => [
  { path: hostKeyPath, content: privateKeyPem, permissions: "0600" },
  { path: `${hostKeyPath}.pub`, content: `${publicKeyOpenSsh}\n` },
];

export interface ExpectedHostKeys {
  own: pulumi.Output<string>;
  first: pulumi.Output<string | undefined>;
  /** The bastion's, known once it shows it. */
  bastion?: pulumi.Output<string>;
}

/** Gives the way into a machine, with the host keys that it and the bastion must show on it. */
export function verifiedConnection(
  connection: pulumi.Output<Connection>,
  { own, first, bastion }: ExpectedHostKeys,
): pulumi.Output<Connection> {
  return pulumi.all([connection, own, first, bastion]).apply(([connection, own, first, bastionKey]): Connection => {
    if (connection.kind !== "ssh") return connection;
    const bastionHost: SshHost | undefined = connection.bastion && { ...connection.bastion, hostKey: bastionKey };
    return {
      ...connection,
      hostKey: own,
      ...(first ? { firstHostKey: first } : {}),
      ...(bastionHost ? { bastion: bastionHost } : {}),
    };
  });
}
