import * as pulumi from "@pulumi/pulumi";
import { roleFacts } from "../config/roles/index.ts";
import type { Disk } from "./infrastructure.ts";
import {
  dataDisk,
  deliveredFiles,
  firstBoot,
  machineOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
} from "./platform-machine.ts";

/** The storage server: exports its data disk over NFS 4 to the workers. */
export class StorageServer extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.storage.component;
  readonly machine: PlatformMachine;
  readonly disk: Disk;

  constructor(name: string, args: PlatformContext, opts?: pulumi.ComponentResourceOptions) {
    const plan = machineOf(args, "storage");
    super(StorageServer.__pulumiType, name, { dataDiskGiB: plan.dataDisk?.sizeGiB }, opts);

    this.disk = dataDisk(`${name}-data`, plan, args, this);
    this.machine = platformMachine(name, plan, args, { parent: this, dataDisk: this.disk });
    firstBoot(name, this.machine, deliveredFiles(name, this.machine, args, this), args, this);
    this.registerOutputs({});
  }
}
