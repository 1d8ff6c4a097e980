import * as pulumi from "@pulumi/pulumi";
import { roleFacts } from "../config/roles/index.ts";
import type { MachineArgs } from "./infrastructure.ts";
import {
  dataDisk,
  deliveredFiles,
  firstBoot,
  machineOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
} from "./platform-machine.ts";

export interface JumpHostArgs extends PlatformContext, Pick<MachineArgs, "instanceIdentity" | "vmNetworkId"> {
  /** Files that `kpaas-bosh` works with, by path below /etc/kpaas/secrets. A change is deployed. Secret. */
  files: pulumi.Output<Record<string, string>>;
}

/** The machine that runs `bosh`; director's state and credentials are on a disk of its own. Entered through the bastion. */
export class JumpHost extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.jumphost.component;
  readonly machine: PlatformMachine;

  constructor(name: string, args: JumpHostArgs, opts?: pulumi.ComponentResourceOptions) {
    const { instanceIdentity, vmNetworkId } = args;
    const plan = machineOf(args, "jumphost");
    super(JumpHost.__pulumiType, name, { dataDiskGiB: plan.dataDisk?.sizeGiB }, opts);

    const disk = dataDisk(`${name}-data`, plan, args, this);
    this.machine = platformMachine(name, plan, args, {
      parent: this,
      dataDisk: disk,
      instanceIdentity,
      vmNetworkId,
    });
    const delivered = deliveredFiles(name, this.machine, args, this, args.files);
    firstBoot(name, this.machine, delivered, args, this);
    this.registerOutputs({});
  }
}
