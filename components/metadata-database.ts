import * as pulumi from "@pulumi/pulumi";
import { roleFacts } from "../config/roles/index.ts";
import { databaseSecretFiles } from "./first-boot/index.ts";
import {
  dataDisk,
  deliveredFiles,
  firstBoot,
  machineOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
} from "./platform-machine.ts";

/** The metadata database: MariaDB with TLS and one user per consumer, behind the gateway, on a disk of its own. */
export class MetadataDatabase extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.database.component;
  readonly machine: PlatformMachine;

  constructor(name: string, args: PlatformContext, opts?: pulumi.ComponentResourceOptions) {
    const plan = machineOf(args, "database");
    const { consumers } = args.environment.containerPlatform.database;
    super(MetadataDatabase.__pulumiType, name, { consumers, dataDiskGiB: plan.dataDisk?.sizeGiB }, opts);

    const disk = dataDisk(`${name}-data`, plan, args, this);
    this.machine = platformMachine(name, plan, args, { parent: this, dataDisk: disk });
    const delivered = deliveredFiles(name, this.machine, args, this, databaseFiles(args));
    firstBoot(name, this.machine, delivered, args, this);
    this.registerOutputs({});
  }
}

function databaseFiles({ secrets }: PlatformContext): pulumi.Output<Record<string, string>> {
  const { databaseCertificate, platformCa, databasePasswords } = secrets;
  return pulumi
    .all([databaseCertificate.certPem, databaseCertificate.keyPem, platformCa.certPem, pulumi.all(databasePasswords)])
    .apply(([tlsCertPem, tlsKeyPem, caCertPem, passwords]) =>
      databaseSecretFiles({
        tlsCertPem,
        tlsKeyPem,
        caCertPem,
        users: Object.entries(passwords).map(([name, password]) => ({ name, password })),
      }),
    );
}
