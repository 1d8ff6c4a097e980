import * as pulumi from "@pulumi/pulumi";
import type { Machine, MachineArgs } from "../../components/infrastructure.ts";
import type { Environment } from "../../config/environment.ts";
import { kubernetesVersionOf, poolsBehind } from "../../config/pool-version.ts";
import { type ContainerEngine, LocalMachine, PublishedPorts, RegistryDigests } from "../../provider/sdk.ts";
import { sharedVolumePath } from "./facts.ts";

/** Images and the container engine, of which machines are made. */
interface MachineParts {
  images: Record<"machine" | "registry", pulumi.Input<string>>;
  engine: ContainerEngine;
}

/** Roles whose machines hold something of a Kubernetes release: its programs, or the registry its images. */
const rolesOfRelease: readonly string[] = ["master", "worker", "registry"];

/** Makes a machine, which is a system container. */
export function createMachine(
  environment: Environment,
  { images, engine }: MachineParts,
  name: string,
  args: MachineArgs,
  opts: pulumi.CustomResourceOptions,
): Machine {
  const { plan } = args;
  const image = plan.role === "registry" ? images.registry : images.machine;
  const { publicPorts = [] } = args;
  const machine = new LocalMachine(
    name,
    {
      hostname: plan.hostname,
      environment: environment.name,
      role: plan.role,
      machineName: plan.name,
      image: args.pin("image", image),
      networkId: args.network.id,
      furtherNetworkId: args.vmNetworkId,
      privateIp: plan.privateIp,
      userData: args.userData,
      firewall: args.securityGroup.id,
      volumes: volumes(args),
      engineSocket: args.vmNetworkId && engine.host.apply((host) => host.replace("unix://", "")),
      publicPorts,
      hostPorts:
        publicPorts.length > 0 ? hostPorts(`${name}-ports`, plan.hostname, publicPorts, engine, opts) : undefined,
      kubernetesVersion: rolesOfRelease.includes(plan.role) ? kubernetesVersionOf(environment, plan) : undefined,
      olderVersions: plan.role === "registry" ? olderVersions(environment) : undefined,
    },
    opts,
  );
  return {
    id: machine.id,
    privateIp: machine.address,
    connection: pulumi.output({ kind: "container", container: plan.hostname } as const),
    publicEndpoints: machine.publicEndpoints,
    ...(plan.role === "registry" ? { imageDigests: digests(`${name}-digests`, environment, machine, args, opts) } : {}),
  };
}

/** Notes the digests of the images that the registry's machine came with. */
function digests(
  name: string,
  environment: Environment,
  machine: LocalMachine,
  { plan }: MachineArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<Record<string, string>> {
  const kubernetesVersions = [...(olderVersions(environment) ?? []), kubernetesVersionOf(environment, plan)];
  return new RegistryDigests(name, { machineId: machine.id, hostname: plan.hostname, kubernetesVersions }, opts)
    .digests;
}

/** Lists the versions of pools that wait behind the control plane, whose images the registry has, too. */
function olderVersions({ containerPlatform }: Environment): string[] | undefined {
  const versions = [...new Set(Object.values(poolsBehind(containerPlatform)))].sort();
  return versions.length > 0 ? versions : undefined;
}

/** Chooses the host ports at which a machine, and whichever takes its place, is reached. */
function hostPorts(
  name: string,
  hostname: string,
  ports: number[],
  engine: ContainerEngine,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<Record<string, number>> {
  return new PublishedPorts(name, { hostname, ports }, pulumi.mergeOptions(opts, { dependsOn: engine })).hostPorts;
}

function volumes({ plan, dataDisk, sharedVolume }: MachineArgs): Record<string, pulumi.Input<string>> {
  return {
    ...(plan.dataDisk && dataDisk ? { [plan.dataDisk.mountPath]: dataDisk.id } : {}),
    ...(sharedVolume ? { [sharedVolumePath]: sharedVolume.id } : {}),
  };
}
