import * as pulumi from "@pulumi/pulumi";
import type { MachineArgs } from "../../components/infrastructure.ts";
import type { Connection, SshKeyPair } from "../../provider/sdk.ts";

const sshPort = 22;

export interface SshAccess {
  key: SshKeyPair;
  user: string;
  /** Id of the machine: one that replaces it has new host keys at the old address. */
  machineId: pulumi.Output<string>;
  /** Address of the machine itself: private behind a bastion, public where it has none. */
  address: pulumi.Output<string>;
}

/** Gives the way into a cloud's machine: through the bastion, or straight where the machine is the bastion. */
export function sshConnection(access: SshAccess, { bastion }: Pick<MachineArgs, "bastion">): pulumi.Output<Connection> {
  const { key, user, machineId, address } = access;
  const bastionHost = bastion?.publicEndpoints.apply((byPort) => byPort[sshPort]?.split(":")[0]);
  return pulumi.all([key.privateKeyPem, address, machineId, bastionHost, bastion?.id]).apply(
    ([privateKeyPem, host, hostId, bastionHost, bastionId]): Connection => ({
      kind: "ssh",
      host,
      hostId,
      user,
      privateKeyPem,
      ...(bastionHost ? { bastion: { host: bastionHost, hostId: bastionId, user } } : {}),
    }),
  );
}

/** Gives `host:port` of each port at one public address. */
export function endpointsAt(
  address: pulumi.Output<string>,
  ports: readonly number[],
): pulumi.Output<Record<string, string>> {
  return address.apply((host) => Object.fromEntries(ports.map((port) => [port, `${host}:${port}`])));
}
