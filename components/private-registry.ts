import * as pulumi from "@pulumi/pulumi";
import { roleFacts } from "../config/roles/index.ts";
import type { MachineFiles } from "../provider/sdk.ts";
import { registrySecretFiles } from "./first-boot/index.ts";
import {
  dataDisk,
  deliveredFiles,
  firstBoot,
  machineOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
} from "./platform-machine.ts";

export const registryUsers = { admin: "kpaas-admin", pull: "kpaas-node" } as const;

/** The private image registry: TLS and login, behind the gateway, on a disk of its own. */
export class PrivateRegistry extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.registry.component;
  readonly machine: PlatformMachine;
  /** Its files, without which it serves nothing, and no node starts. */
  readonly delivered: MachineFiles;

  constructor(name: string, args: PlatformContext, opts?: pulumi.ComponentResourceOptions) {
    const plan = machineOf(args, "registry");
    super(PrivateRegistry.__pulumiType, name, { dataDiskGiB: plan.dataDisk?.sizeGiB }, opts);

    const disk = dataDisk(`${name}-data`, plan, args, this);
    this.machine = platformMachine(name, plan, args, { parent: this, dataDisk: disk });
    this.delivered = deliveredFiles(name, this.machine, args, this, registryFiles(args));
    firstBoot(name, this.machine, this.delivered, args, this);
    this.registerOutputs({});
  }
}

function registryFiles({ secrets }: PlatformContext): pulumi.Output<Record<string, string>> {
  const { registryCertificate, registryAdminPassword, registryPullPassword } = secrets;
  return pulumi
    .all([registryCertificate.certPem, registryCertificate.keyPem, registryAdminPassword, registryPullPassword])
    .apply(([tlsCertPem, tlsKeyPem, admin, pull]) =>
      registrySecretFiles({
        tlsCertPem,
        tlsKeyPem,
        users: [
          { name: registryUsers.admin, password: admin },
          { name: registryUsers.pull, password: pull },
        ],
      }),
    );
}
