import * as pulumi from "@pulumi/pulumi";
import { roleFacts } from "../config/roles/index.ts";
import {
  type BastionMachine,
  deliveredFiles,
  firstBoot,
  machineOf,
  type PlatformContext,
  platformMachine,
} from "./platform-machine.ts";

const sshPort = 22;

/** The only machine that operators' SSH reaches; all others are entered through it. */
export class Bastion extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.bastion.component;
  readonly machine: BastionMachine;

  constructor(name: string, args: PlatformContext, opts?: pulumi.ComponentResourceOptions) {
    super(Bastion.__pulumiType, name, {}, opts);
    const machine = platformMachine(name, machineOf(args, "bastion"), args, { parent: this, publicPorts: [sshPort] });
    const files = deliveredFiles(name, machine, args, this);
    firstBoot(name, machine, files, args, this);
    // Nobody goes through it before it shows its own host key.
    const shownHostKey =
      machine.hostKey && pulumi.all([machine.hostKey, files.id]).apply(([key]) => key.publicKeyOpenSsh);
    this.machine = { ...machine, shownHostKey };
    this.registerOutputs({});
  }
}
