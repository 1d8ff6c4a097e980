import type * as pulumi from "@pulumi/pulumi";
import { servesPackages } from "../config/packages.ts";
import { PackageRepository, PackageSource } from "../provider/sdk.ts";
import { neededPackages, packageFolder } from "./first-boot/index.ts";
import type { PlatformContext, PlatformMachine } from "./platform-machine.ts";

/** Has machines take packages from the platform itself; undefined where their image says where from. */
export function createPackageSource(
  name: string,
  { environment, machines, infrastructure }: Pick<PlatformContext, "environment" | "machines" | "infrastructure">,
  opts: pulumi.CustomResourceOptions,
): PackageSource | undefined {
  if (!servesPackages(environment)) return undefined;
  const { sharedVolumePath } = infrastructure;
  return new PackageSource(name, { packages: neededPackages({ environment, machines, sharedVolumePath }) }, opts);
}

/** Has the installer put the packages onto the registry's machine; undefined where machines take them from elsewhere. */
export function packageRepository(
  name: string,
  { plan, id: machineId, connection }: PlatformMachine,
  { environment, packageSource }: PlatformContext,
  opts: pulumi.CustomResourceOptions,
): PackageRepository | undefined {
  if (!packageSource) return undefined;
  return new PackageRepository(
    name,
    {
      ...{ machineId, machineName: plan.name, connection },
      folder: packageFolder(plan),
      revision: packageSource.revision,
      timeoutSeconds: environment.timeouts.firstBootSeconds,
    },
    opts,
  );
}
