import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Infrastructure } from "../../components/infrastructure.ts";
import type { Environment } from "../../config/environment.ts";
import { createApplicationInfrastructure } from "./application-platform.ts";
import { createDisk } from "./disk.ts";
import { createFirewall } from "./firewall.ts";
import { machineMaker } from "./machine.ts";
import { createNetwork } from "./network.ts";
import { createProvider, tagsOf } from "./provider.ts";
import type { Settings } from "./settings.ts";

/** Makes virtual machines in a virtual network of their own, with managed disks, all in one resource group. */
export function createInfrastructure(environment: Environment, opts: pulumi.CustomResourceOptions): Infrastructure {
  const settings = environment.infrastructure as Settings;
  const provider = createProvider(settings);
  const on = <O extends pulumi.CustomResourceOptions>(opts: O) => ({ ...opts, provider });
  const { name: resourceGroupName } = new ResourceGroup(
    "resource-group",
    {
      resourceGroupName: `kpaas-${environment.name}`,
      location: settings.region,
      tags: tagsOf(environment.name, "resource-group"),
    },
    on({}),
  );
  const context = { environment, settings, resourceGroupName };
  const createMachine = machineMaker(context, opts, on({}));
  return {
    kind: settings.kind,
    network: (name, opts) => createNetwork(context, name, on(opts)),
    firewall: (name, args, opts) => createFirewall(context, name, args, on(opts)),
    disk: (name, args, opts) => createDisk(context, name, args, on(opts)),
    machine: (name, args, opts) => createMachine(name, args, opts),
    applicationPlatform: (name, args, opts) => createApplicationInfrastructure(context, name, args, on(opts)),
  };
}
