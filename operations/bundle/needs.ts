import { neededImages } from "../../cluster/images.ts";
import type { Environment } from "../../config/environment.ts";
import { imageReference } from "../../config/images.ts";
import { capabilitiesOf, factsOf } from "../../config/infrastructure/catalog.ts";
import { UserError } from "../../lib/errors.ts";
import manifest from "../../package.json" with { type: "json" };
import { machinePackages, platformFacts } from "../../plan/user-data.ts";
import type { WantedImage } from "../../toolchain/air-gap/images.ts";

/** All that environments need from outside. */
export interface Needs {
  kubernetesVersions: string[];
  /** Some of them run on this machine: its machines' images are made of what the bundle brings. */
  onThisHost: boolean;
  images: WantedImage[];
  /** npm packages of clouds' SDKs that are installed when they are first needed. */
  npmPackages: string[];
  /** npm packages of clouds' SDKs that Pulumi has a plugin to. */
  pluginPackages: string[];
  /** Debian packages of the machines. */
  machinePackages: string[];
}

/** Lists what environments need. Throws UserError for an environment that no bundle can hold. */
export function needsOf(environments: readonly Environment[]): Needs {
  const images = new Map<string, WantedImage>();
  for (const environment of environments) {
    const madeHere = onThisHost(environment);
    for (const { host, repository, tag } of neededImages(platformFacts(environment))) {
      const name = { host, repository, tag };
      const known = images.get(imageReference(name));
      images.set(imageReference(name), { ...name, madeHere: madeHere && known?.madeHere !== false });
    }
  }
  return {
    kubernetesVersions: sorted(
      environments.flatMap(({ containerPlatform: { kubernetesVersion, workerPools } }) => [
        kubernetesVersion,
        ...workerPools.flatMap((pool) => pool.kubernetesVersion ?? []),
      ]),
    ),
    onThisHost: environments.some(onThisHost),
    images: [...images.values()],
    npmPackages: sorted(environments.flatMap(({ infrastructure }) => factsOf(infrastructure).packages ?? [])),
    pluginPackages: sorted(environments.flatMap(pluginPackages)),
    machinePackages: sorted(environments.flatMap(packagesOf)),
  };
}

const onThisHost = ({ infrastructure }: Environment): boolean => capabilitiesOf(infrastructure).onThisHost === true;

/** Lists what machines install, with that by which they serve it where nothing is said of that yet. */
const packagesOf = (environment: Environment): string[] =>
  machinePackages(onThisHost(environment) ? environment : { ...environment, packages: { source: "platform" } });

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();

/** Packages whose plugins are part of the Pulumi engine, or of the product. */
const builtIn = ["kpaas", "pulumi"];

/** Gives the npm packages of an environment's SDK, by the types of its resources. */
function pluginPackages({ name, infrastructure }: Environment): string[] {
  const tokens = Object.keys(factsOf(infrastructure).resourceTypes);
  const prefixes = sorted(tokens.map((token) => token.split(":")[0] ?? "")).filter((one) => !builtIn.includes(one));
  const known: Record<string, string> = { ...manifest.dependencies, ...manifest.peerDependencies };
  const bridged = prefixes.find((one) => !(`@pulumi/${one}` in known));
  if (bridged === undefined) return prefixes.map((one) => `@pulumi/${one}`);
  throw new UserError(
    `no bundle can hold ${name}: Pulumi's plugin fetches ${infrastructure.kind}'s provider ${bridged} from the OpenTofu registry itself`,
    "leave it out of --environments",
  );
}
