import * as pulumi from "@pulumi/pulumi";
import { roleFacts } from "../config/roles/index.ts";
import type { SecretFiles } from "../provider/sdk.ts";
import { registrySecretFiles } from "./first-boot/index.ts";
import {
  dataDisk,
  firstBoot,
  machineOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
  secretFiles,
} from "./platform-machine.ts";

export const registryUsers = { admin: "kpaas-admin", pull: "kpaas-node" } as const;

/** The private image registry: TLS and login, behind the gateway, on a disk of its own. */
export class PrivateRegistry extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.registry.component;
  readonly machine: PlatformMachine;
  /** Secret files without which it serves nothing, and no node starts. */
  readonly delivered: SecretFiles;

  constructor(name: string, args: PlatformContext, opts?: pulumi.ComponentResourceOptions) {
    const plan = machineOf(args, "registry");
    super(PrivateRegistry.__pulumiType, name, { dataDiskGiB: plan.dataDisk?.sizeGiB }, opts);

    const disk = dataDisk(`${name}-data`, plan, args, this);
    this.machine = platformMachine(name, plan, args, { parent: this, dataDisk: disk });
    this.delivered = secretFiles(`${name}-secrets`, this.machine, registryFiles(args), args, this);
    firstBoot(`${name}-first-boot`, this.machine, args, { parent: this, dependsOn: this.delivered });
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
