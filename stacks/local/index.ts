import type * as pulumi from "@pulumi/pulumi";
import type { Infrastructure } from "../../components/infrastructure.ts";
import type { Environment } from "../../config/environment.ts";
import { ContainerEngine, MachineImage } from "../../provider/sdk.ts";
import { createApplicationInfrastructure } from "./application-platform.ts";
import { createDisk } from "./disk.ts";
import { sharedVolumePath } from "./facts.ts";
import { createFirewall } from "./firewall.ts";
import { createMachine } from "./machine.ts";
import { createNetwork } from "./network.ts";

/**
 * Makes it all on one machine: system containers on a container engine, volumes, and nftables in each as its security
 * group.
 */
export function createInfrastructure(environment: Environment, opts?: pulumi.CustomResourceOptions): Infrastructure {
  const engine = new ContainerEngine("engine", {}, opts);
  const { kubernetesVersion } = environment.containerPlatform;
  const image = (flavor: "machine" | "registry") =>
    new MachineImage(`image-${flavor}`, { flavor, kubernetesVersion }, { ...opts, dependsOn: engine }).reference;
  const images = { machine: image("machine"), registry: image("registry") };
  return {
    kind: "local",
    sharedVolumePath,
    network: (name, opts) => createNetwork(environment, name, { ...opts, dependsOn: engine }),
    firewall: (_name, args) => createFirewall(environment, args),
    disk: (name, args, opts) => createDisk(environment, name, args, { ...opts, dependsOn: engine }),
    applicationPlatform: (name, _args, opts) =>
      createApplicationInfrastructure(environment, engine, name, { ...opts, dependsOn: engine }),
    machine: (name, args, opts) => createMachine(environment, { images, engine }, name, args, opts),
  };
}
