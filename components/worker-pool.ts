import * as pulumi from "@pulumi/pulumi";
import type { WorkerPool as WorkerPoolSettings } from "../config/environment.ts";
import { roleFacts } from "../config/roles/index.ts";
import type { ApiAccess } from "../provider/sdk.ts";
import { clusterNode } from "./cluster-node.ts";
import { type Login, mirrorLoginFiles, workerSecretFiles } from "./first-boot/index.ts";
import type { Disk } from "./infrastructure.ts";
import { poolPins } from "./pins.ts";
import {
  filesOf,
  machinesOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
} from "./platform-machine.ts";
import { registryUsers } from "./registry-users.ts";

export interface WorkerPoolArgs extends PlatformContext {
  pool: WorkerPoolSettings;
  api: ApiAccess;
  /** The storage server's disk, where the infrastructure lets workers share a directory. */
  sharedVolume?: Disk;
  /** Resources without which no node starts: waits for nodes could otherwise take every slot the Pulumi engine has for work. */
  prerequisites: pulumi.Resource[];
}

/** Workers alike in size, labels and taints. Two resources each: the machine and its node. */
export class WorkerPool extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.worker.component;
  readonly machines: PlatformMachine[];

  constructor(name: string, args: WorkerPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    const { pool, sharedVolume } = args;
    const { count, size, labels } = pool;
    const taints = pool.taints.map((taint) => ({ ...taint }));
    super(WorkerPool.__pulumiType, name, { pool: pool.name, count, size, labels, taints }, opts);

    const pin = poolPins(name, pool.generation, { parent: this });
    this.machines = machinesOf(args, "worker")
      .filter((plan) => plan.pool === pool.name)
      .map((plan) => platformMachine(`${name}-${plan.ordinal}`, plan, args, { parent: this, sharedVolume, pin }));
    const drain = { seconds: pool.rollout.drainSeconds, onTimeout: pool.rollout.drainTimeout };
    const secretContents = workerFiles(args);
    for (const machine of this.machines) {
      const files = filesOf(machine, args, secretContents);
      const opts = { parent: this, dependsOn: args.prerequisites };
      const settings = { files, labels, taints, drain };
      args.rollout.done(
        machine.plan,
        clusterNode(`${name}-${machine.plan.ordinal}-node`, machine, settings, args, opts),
      );
    }
    this.registerOutputs({});
  }
}

function workerFiles({ environment, secrets, imageLogins }: PlatformContext): pulumi.Output<Record<string, string>> {
  const logins = imageLogins ?? pulumi.output<Record<string, Login>>({});
  return pulumi.all([secrets.registryPullPassword, logins]).apply(([password, logins]) => ({
    ...workerSecretFiles({ registryPull: { name: registryUsers.pull, password } }),
    ...mirrorLoginFiles(environment, logins),
  }));
}
