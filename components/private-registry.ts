import * as pulumi from "@pulumi/pulumi";
import { roleFacts } from "../config/roles/index.ts";
import type { MachineFiles, PackageRepository, RegistryImages } from "../provider/sdk.ts";
import { registrySecretFiles } from "./first-boot/index.ts";
import { packageRepository } from "./package-source.ts";
import {
  bootEnd,
  dataDisk,
  deliveredFiles,
  machineOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
} from "./platform-machine.ts";
import { registryImages } from "./registry-images.ts";
import { registryUsers } from "./registry-users.ts";

/** The private image registry: TLS and login, behind the gateway, on a disk of its own. */
export class PrivateRegistry extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.registry.component;
  readonly machine: PlatformMachine;
  /** Its files, without which it serves nothing, and no node starts. */
  readonly delivered: MachineFiles;
  /** Packages without which no other machine's first boot ends; undefined where machines take them from elsewhere. */
  readonly packages: PackageRepository | undefined;
  /** Images without which no node starts; undefined where nobody is to put any there. */
  readonly images: RegistryImages | undefined;

  constructor(name: string, args: PlatformContext, opts?: pulumi.ComponentResourceOptions) {
    const plan = machineOf(args, "registry");
    super(PrivateRegistry.__pulumiType, name, { dataDiskGiB: plan.dataDisk?.sizeGiB }, opts);

    const disk = dataDisk(`${name}-data`, plan, args, this);
    this.machine = platformMachine(name, plan, args, { parent: this, dataDisk: disk });
    this.delivered = deliveredFiles(name, this.machine, args, this, registryFiles(args));
    this.packages = packageRepository(`${name}-packages`, this.machine, args, {
      parent: this,
      dependsOn: [this.delivered],
    });
    const serves = bootEnd(name, this.machine, this.delivered, args, this, this.packages ? [this.packages] : []);
    this.images = registryImages(`${name}-images`, this.machine, args, { parent: this, dependsOn: [serves] });
    // Nodes change after it: they find the images of their new version there.
    args.rollout.done(plan, serves, ...(this.images ? [this.images] : []));
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
