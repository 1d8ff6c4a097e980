import * as pulumi from "@pulumi/pulumi";
import type { MachinePlan } from "../config/machines.ts";
import { roleFacts } from "../config/roles/index.ts";
import type { ApiAccess, MachineFiles } from "../provider/sdk.ts";
import { clusterNode } from "./cluster-node.ts";
import { masterSecretFiles, mirrorLoginFiles } from "./first-boot/index.ts";
import type { Gateway } from "./gateway.ts";
import {
  dataDisk,
  deliveredFiles,
  machinesOf,
  type PlatformContext,
  type PlatformMachine,
  platformMachine,
} from "./platform-machine.ts";
import type { PlatformSecrets } from "./platform-secrets.ts";
import { registryUsers } from "./registry-users.ts";

export interface MasterNodesArgs extends PlatformContext {
  api: ApiAccess;
  gateway: Gateway;
  /** Resources without which no node starts: waits for nodes could otherwise take every slot the Pulumi engine has for work. */
  prerequisites: pulumi.Resource[];
  /** Resources without which no first boot can end, which begins when its files are delivered. */
  images: pulumi.Resource[];
}

/** The control plane: an odd number of masters with stacked etcd, all behind the gateway. */
export class MasterNodes extends pulumi.ComponentResource {
  static readonly __pulumiType = roleFacts.master.component;
  readonly machines: PlatformMachine[];
  /** Known once every master is a Ready node. */
  readonly ready: pulumi.Output<unknown>;
  /**
   * Resources of each master's secrets, without all of which etcd may have no majority, and of the gateway's way to the masters.
   */
  readonly delivered: pulumi.Resource[];

  constructor(name: string, args: MasterNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    const plans = machinesOf(args, "master");
    const { kubernetesVersion } = args.environment.containerPlatform;
    super(MasterNodes.__pulumiType, name, { count: plans.length, kubernetesVersion }, opts);

    const secretContents = masterFiles(args);
    const id = (plan: MachinePlan) => `${name}-${plan.ordinal}`;
    this.machines = plans.map((plan) => {
      const disk = dataDisk(`${id(plan)}-data`, plan, args, this);
      return platformMachine(id(plan), plan, args, { parent: this, dataDisk: disk });
    });
    const delivered = this.machines.map((machine) =>
      deliveredFiles(id(machine.plan), machine, args, this, secretContents, args.images),
    );
    const ways = args.gateway.addBackends("api", this.machines);
    this.delivered = [...delivered, ...ways.all];
    const nodes = this.machines.map((machine, index) => {
      // Of the other masters' files none is waited for: they come when this one is through.
      const own = delivered[index] as MachineFiles;
      const node = clusterNode(
        `${id(machine.plan)}-node`,
        machine,
        { revision: own.revision, controlPlane: { etcdOnDataDisk: machine.plan.dataDisk !== undefined } },
        args,
        { parent: this, dependsOn: args.prerequisites },
      );
      // The next one may only go when clients of the gateway come to this one again.
      args.rollout.done(machine.plan, node, ...(ways.ofMachine.get(machine.plan.name) ?? []));
      return node;
    });
    this.ready = pulumi.all(nodes.map((node) => node.id));
    this.registerOutputs({});
  }
}

function masterFiles({ environment, secrets, imageLogins }: PlatformContext): pulumi.Output<Record<string, string>> {
  const authority = (ca: PlatformSecrets["kubernetesCa"]) => ({ certPem: ca.certPem, keyPem: ca.keyPem });
  return pulumi
    .output({
      kubernetesCa: authority(secrets.kubernetesCa),
      etcdCa: authority(secrets.etcdCa),
      frontProxyCa: authority(secrets.frontProxyCa),
      serviceAccount: {
        privateKeyPem: secrets.serviceAccountKey.privateKeyPem,
        publicKeyPem: secrets.serviceAccountKey.publicKeyPem,
      },
      encryptionKey: secrets.encryptionKey,
      registryPullPassword: secrets.registryPullPassword,
      logins: imageLogins ?? {},
    })
    .apply(({ registryPullPassword, logins, ...rest }) => ({
      ...masterSecretFiles({ ...rest, registryPull: { name: registryUsers.pull, password: registryPullPassword } }),
      ...mirrorLoginFiles(environment, logins),
    }));
}
