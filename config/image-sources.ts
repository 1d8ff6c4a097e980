import { UserError } from "../lib/errors.ts";
import type { Environment } from "./environment.ts";
import { type MirroredHost, mirroredHosts } from "./images.ts";
import { capabilitiesOf } from "./infrastructure/catalog.ts";
import { gatewayPorts, registryPushPort } from "./ports.ts";
import { serviceName } from "./services.ts";

/** A registry that nodes ask for images of an upstream host. */
export interface ImageSource {
  kind: "platform" | "mirror" | "upstream";
  /** Address below which its repositories are, such as `https://registry-1.docker.io/v2`. */
  base: string;
  /** Number of the mirror in the environment file, from 1. */
  mirror?: number;
}

type Sited = Pick<Environment, "network" | "containerPlatform">;

/** Gives `host:port` of the platform's own registry. */
export const platformRegistry = (environment: Sited): string =>
  `${serviceName("registry", environment)}:${gatewayPorts.registry}`;

/** Gives `host:port` at which its own machine takes images; no other machine reaches it. */
export const platformRegistryPush = (environment: Sited): string =>
  `${serviceName("registry", environment)}:${registryPushPort}`;

/** Docker Hub's images are named by another host than the one that has them. */
const upstreamServers: Partial<Record<MirroredHost, string>> = { "docker.io": "registry-1.docker.io" };

/** Lists the registries that nodes ask for an upstream host's images, in their order: the first that has an image gives it. */
export function imageSources(environment: Sited, host: MirroredHost): ImageSource[] {
  const { mirrorUpstream, mirrors, upstream } = environment.containerPlatform.registry;
  return [
    ...(mirrorUpstream ? [platformSource(environment)] : []),
    ...mirrors.flatMap((mirror, index): ImageSource[] =>
      hasImagesOf(mirror, host) ? [{ kind: "mirror", base: mirrorBase(mirror.url), mirror: index + 1 }] : [],
    ),
    ...(upstream === "allowed" ? [upstreamSource(host)] : []),
  ];
}

const upstreamSource = (host: MirroredHost): ImageSource => ({ kind: "upstream", base: upstreamBase(host) });

/** Gives the address below which an upstream host's repositories are. */
export const upstreamBase = (host: MirroredHost): string => `https://${upstreamServers[host] ?? host}/v2`;

/** Gives the upstream hosts whose images nodes get from the platform's registry alone. */
export const hostsOfPlatformAlone = (environment: Sited): MirroredHost[] =>
  mirroredHosts.filter((host) => imageSources(environment, host).every(({ kind }) => kind === "platform"));

/** Gives the upstream hosts whose images the installer puts into the platform's registry. */
export function filledHosts(environment: Sited & Pick<Environment, "infrastructure">): MirroredHost[] {
  const { fill } = environment.containerPlatform.registry;
  if (fill === "installer") return [...mirroredHosts];
  // On this host the registry's machine comes with its images.
  if (fill === "byHand" || capabilitiesOf(environment.infrastructure).onThisHost) return [];
  return hostsOfPlatformAlone(environment);
}

/**
 * Lists the registries that the installer asks for an upstream host's images, in their order: the site's, and upstream, which is left
 * out only where nothing leaves the site and the site has a registry for them.
 */
export function fillSources(environment: Sited, host: MirroredHost): ImageSource[] {
  const sources = imageSources(environment, host).filter(({ kind }) => kind !== "platform");
  return sources.length > 0 ? sources : [upstreamSource(host)];
}

export function platformSource(environment: Sited): ImageSource {
  return { kind: "platform", base: `https://${platformRegistry(environment)}/v2` };
}

/** Gives the upstream hosts whose images no registry has that nodes may ask. */
export function hostsWithoutSource({ containerPlatform }: Pick<Environment, "containerPlatform">): MirroredHost[] {
  const { mirrorUpstream, mirrors, upstream } = containerPlatform.registry;
  if (mirrorUpstream || upstream === "allowed") return [];
  return mirroredHosts.filter((host) => !mirrors.some((mirror) => hasImagesOf(mirror, host)));
}

type Mirror = Environment["containerPlatform"]["registry"]["mirrors"][number];

const hasImagesOf = ({ serves }: Mirror, host: MirroredHost): boolean => !serves || serves.includes(host);

/** Gives a source as people name it: its host, and the path before its repositories. */
export function sourceName({ base }: ImageSource): string {
  return base.replace(/^https:\/\/([^/]+)\/v2/, "$1");
}

function mirrorBase(url: string): string {
  const { host, pathname } = new URL(url);
  return `https://${host}/v2${pathname === "/" ? "" : pathname}`;
}

/** Gives the names of the stack's secrets that hold logins at registries: the site's and upstream's. */
export function imageSecretNames({ containerPlatform }: Pick<Environment, "containerPlatform">): string[] {
  const { mirrors, upstreams } = containerPlatform.registry;
  return [...new Set([...mirrors, ...upstreams].flatMap(({ loginSecret }) => loginSecret ?? []))];
}

/** Throws UserError for a login at a registry that the environment names and `isThere` does not know. */
export function requireImageSecrets(environment: Environment, isThere: (name: string) => boolean): void {
  const missing = imageSecretNames(environment).filter((name) => !isThere(name));
  if (missing.length === 0) return;
  throw new UserError(
    `containerPlatform.registry names secrets that stack ${environment.name} has not: ${missing.join(", ")}`,
    `${missing.map((name) => `pulumi config set --secret kpaas:${name} < ${name}.json`).join("; ")}, each a map of username and password`,
  );
}
