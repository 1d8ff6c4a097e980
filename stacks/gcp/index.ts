import type * as pulumi from "@pulumi/pulumi";
import type { Infrastructure } from "../../components/infrastructure.ts";
import type { Environment } from "../../config/environment.ts";
import { createApplicationInfrastructure } from "./application-platform.ts";
import { createDisk } from "./disk.ts";
import { createFirewall } from "./firewall.ts";
import { machineMaker } from "./machine.ts";
import { createNetwork } from "./network.ts";
import { createProvider } from "./provider.ts";
import type { Settings } from "./settings.ts";

/** Makes instances of Compute Engine in a network of their own, with persistent disks. */
export function createInfrastructure(environment: Environment, opts: pulumi.CustomResourceOptions): Infrastructure {
  const settings = environment.infrastructure as Settings;
  const context = { environment, settings };
  const provider = createProvider(settings);
  const on = <O extends pulumi.CustomResourceOptions>(opts: O) => ({ ...opts, provider });
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
