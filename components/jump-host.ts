import * as pulumi from "@pulumi/pulumi";
import { roleFacts } from "../config/roles/index.ts";
import {
  dataDisk,
  firstBoot,
  machineOf,
  type PartArgs,
  type PlatformMachine,
  platformMachine,
  secretFiles,
} from "./platform-part.ts";

export interface JumpHostArgs extends PartArgs {
  /** What `kpaas-bosh` works with, by path below /etc/kpaas/secrets. A change is deployed. Secret. */
  files: pulumi.Output<Record<string, string>>;
  /** What it is to the cloud, where machines have identities. */
  identity?: pulumi.Output<string>;
}

/** The machine that runs `bosh`; director's state and credentials are on a disk of its own. Entered through the bastion. */
export class JumpHost extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.jumphost.component;
  readonly machine: PlatformMachine;

  constructor(name: string, args: JumpHostArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = machineOf(args, "jumphost");
    super(JumpHost.__pulumiType, name, { dataDiskGiB: plan.dataDisk?.sizeGiB }, opts);

    const disk = dataDisk(`${name}-data`, plan, args, this);
    this.machine = platformMachine(name, plan, args, { parent: this, dataDisk: disk, identity: args.identity });
    const delivered = secretFiles(`${name}-secrets`, this.machine, args.files, args, this);
    firstBoot(`${name}-first-boot`, this.machine, args, { parent: this, dependsOn: delivered });
    this.registerOutputs({});
  }
}
