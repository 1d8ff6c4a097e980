import * as pulumi from "@pulumi/pulumi";
import { neededImages } from "../cluster/images.ts";
import type { Environment } from "../config/environment.ts";
import { filledHosts, fillSources, type ImageSource, platformRegistryPush } from "../config/image-sources.ts";
import type { MirroredHost } from "../config/images.ts";
import { RegistryImages, type RegistryOrigin } from "../provider/sdk.ts";
import type { Login } from "./first-boot/index.ts";
import type { PlatformContext, PlatformMachine } from "./platform-machine.ts";
import { registryUsers } from "./registry-users.ts";

/** Has the installer put the environment's images into the registry; undefined where it puts none there. */
export function registryImages(
  name: string,
  machine: PlatformMachine,
  args: PlatformContext,
  opts: pulumi.CustomResourceOptions,
): RegistryImages | undefined {
  const { environment, machines, infrastructure, secrets, imageLogins } = args;
  const hosts = filledHosts(environment);
  if (hosts.length === 0) return undefined;
  const { sharedVolumePath } = infrastructure;
  const images = neededImages({ environment, machines, sharedVolumePath }).filter(({ host }) => hosts.includes(host));
  const logins = imageLogins ?? pulumi.output<Record<string, Login>>({});
  return new RegistryImages(
    name,
    {
      machineId: machine.id,
      machineName: machine.plan.name,
      connection: machine.connection,
      registry: {
        name: platformRegistryPush(environment),
        user: registryUsers.admin,
        password: secrets.registryAdminPassword,
        caCertPem: secrets.platformCa.certPem,
      },
      images: images.map(({ reference, host, repository, tag }) => ({ reference, host, repository, tag })),
      origins: logins.apply((known) => originsOf(environment, hosts, known)),
    },
    opts,
  );
}

function originsOf(
  environment: Environment,
  hosts: readonly MirroredHost[],
  logins: Record<string, Login>,
): Record<string, RegistryOrigin[]> {
  const { mirrors, upstreams } = environment.containerPlatform.registry;
  const origin = (host: MirroredHost, { kind, base, mirror = 0 }: ImageSource): RegistryOrigin => {
    const { caCertPem, loginSecret } =
      kind === "mirror"
        ? (mirrors[mirror - 1] ?? {})
        : { caCertPem: undefined, ...upstreams.find((one) => one.host === host) };
    const login = loginSecret === undefined ? undefined : logins[loginSecret];
    return { base, ...(caCertPem ? { caCertPem } : {}), ...(login ? { login } : {}) };
  };
  return Object.fromEntries(
    hosts.map((host) => [host, fillSources(environment, host).map((source) => origin(host, source))]),
  );
}
