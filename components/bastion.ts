import * as pulumi from "@pulumi/pulumi";
import { roleFacts } from "../config/roles/index.ts";
import {
  deliveredFiles,
  firstBoot,
  machineOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
} from "./platform-machine.ts";

const sshPort = 22;

/** The only machine that operators' SSH reaches; all others are entered through it. */
export class Bastion extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.bastion.component;
  readonly machine: PlatformMachine;

  constructor(name: string, args: PlatformContext, opts?: pulumi.ComponentResourceOptions) {
    super(Bastion.__pulumiType, name, {}, opts);
    this.machine = platformMachine(name, machineOf(args, "bastion"), args, { parent: this, publicPorts: [sshPort] });
    firstBoot(name, this.machine, deliveredFiles(name, this.machine, args, this), args, this);
    this.registerOutputs({});
  }
}
