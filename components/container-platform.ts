import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/environment.ts";
import { planMachines } from "../config/machines.ts";
import type { ApiAccess } from "../provider/sdk.ts";
import { Bastion } from "./bastion.ts";
import type { Login } from "./first-boot/index.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import type { Infrastructure } from "./infrastructure.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { MasterNodes } from "./master-nodes.ts";
import { MetadataDatabase } from "./metadata-database.ts";
import { createPackageSource } from "./package-source.ts";
import { type PlatformContext, type PlatformMachine, platformFirewall } from "./platform-machine.ts";
import { PlatformSecrets } from "./platform-secrets.ts";
import { PrivateRegistry } from "./private-registry.ts";
import type { Rollout } from "./rollout.ts";
import { StorageServer } from "./storage-server.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface ContainerPlatformArgs {
  environment: Environment;
  infrastructure: Infrastructure;
  rollout: Rollout;
  /** Logins at image registries by the secrets' names; absent where none wants one. */
  imageLogins?: pulumi.Output<Record<string, Login>>;
  /** True where worker pools are left to another run. */
  withoutWorkers?: boolean;
}

/** Kubernetes with its gateway, registry, database and storage: everything a container platform is. */
export class ContainerPlatform extends pulumi.ComponentResource {
  static readonly __pulumiType = "kpaas:index:ContainerPlatform";
  readonly secrets: PlatformSecrets;
  /** Context of machines that are built beside these. */
  readonly context: PlatformContext;
  readonly gateway: Gateway;
  readonly machines: PlatformMachine[];
  readonly kubeconfig: pulumi.Output<string>;

  constructor(name: string, args: ContainerPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    const { environment, infrastructure, rollout, imageLogins, withoutWorkers = false } = args;
    const { kubernetesVersion, workerPools } = environment.containerPlatform;
    super(ContainerPlatform.__pulumiType, name, { infrastructure: infrastructure.kind, kubernetesVersion }, opts);
    const child = { parent: this };

    const network = infrastructure.network(`${name}-network`, child);
    this.secrets = new PlatformSecrets(`${name}-secrets`, { environment }, child);
    rollout.begin(this.secrets.kubernetesCa);
    const machines = planMachines(environment);
    const packageSource = createPackageSource(`${name}-packages`, { environment, machines, infrastructure }, child);
    const { secrets } = this;
    const base = { environment, infrastructure, network, secrets, imageLogins, packageSource, machines, rollout };
    const withFirewall = { ...base, securityGroups: platformFirewall(`${name}-firewall`, base, this) };
    const bastion = environment.bastion && new Bastion(`${name}-bastion`, withFirewall, child).machine;
    const context: PlatformContext = { ...withFirewall, bastion };
    this.context = context;
    this.gateway = createGateway(name, context, child);
    const registry = new PrivateRegistry(`${name}-registry`, context, child);
    const database = new MetadataDatabase(`${name}-database`, context, child);
    const storage = new StorageServer(`${name}-storage`, context, child);
    // In the order in which the machines change: a load balancer may take its parts one after another only.
    const served = [registry.delivered, ...(registry.packages ? [registry.packages] : [])];
    const registryServes = [...served, ...this.gateway.addBackends("registry", [registry.machine]).all];
    this.gateway.addBackends("database", [database.machine]);
    const api = this.apiAccess(environment);
    const ofNodes: PlatformContext = { ...context, imageDigests: registry.imageDigests };
    const masters = new MasterNodes(
      `${name}-master`,
      {
        ...{ ...ofNodes, api, gateway: this.gateway, prerequisites: registryServes },
        images: registry.images ? [registry.images] : [],
      },
      child,
    );
    const prerequisites = [...registryServes, ...masters.delivered];
    const sharedVolume = infrastructure.sharedVolumePath ? storage.disk : undefined;
    const workers = (withoutWorkers ? [] : workerPools).map(
      (pool) => new WorkerPool(`${name}-${pool.name}`, { ...ofNodes, pool, api, sharedVolume, prerequisites }, child),
    );

    this.machines = [
      ...(bastion ? [bastion] : []),
      ...this.gateway.machines,
      ...masters.machines,
      ...workers.flatMap((pool) => pool.machines),
      registry.machine,
      database.machine,
      storage.machine,
    ];
    this.kubeconfig = pulumi.all([kubeconfig(environment.name, api), masters.ready]).apply(([text]) => text);
    this.registerOutputs({ kubeconfig: this.kubeconfig });
  }

  private apiAccess({ network }: Environment): ApiAccess {
    const { kubernetesCa, adminCertificate } = this.secrets;
    return {
      server: pulumi.interpolate`https://${this.gateway.endpoints.api}`,
      serverName: `api.${network.domain}`,
      caCertPem: kubernetesCa.certPem,
      clientCertPem: adminCertificate.certPem,
      clientKeyPem: adminCertificate.keyPem,
    };
  }
}
