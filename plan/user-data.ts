import { machineFiles, neededPackages, type PlatformFacts, userData } from "../components/first-boot/index.ts";
import type { Environment } from "../config/environment.ts";
import { factsOf } from "../config/infrastructure/catalog.ts";
import { type MachinePlan, planMachines } from "../config/machines.ts";
import { toYaml } from "../lib/yaml.ts";

/** Stand-ins for secrets, and for certificates that a real run makes. */
const placeholders = {
  platformCaPem: "-----BEGIN CERTIFICATE-----\n(the platform's own authority, made by up)\n-----END CERTIFICATE-----\n",
  kubernetesCaPin: "sha256:(pin of the Kubernetes authority, made by up)",
  packageSource: { suite: "(release of the bundle)", publicKey: "(key that signs the bundle's packages)\n" },
};

/** The stand-in for a node's join token. */
export const shownToken = "(join token, made by up)";

/** Gives the facts that rendering needs, with stand-ins for what a real run makes. */
export function platformFacts(environment: Environment): PlatformFacts {
  const { sharedVolumePath } = factsOf(environment.infrastructure);
  return { environment, machines: planMachines(environment), ...placeholders, sharedVolumePath };
}

/** Lists the Debian packages that an environment's machines install. */
export const machinePackages = (environment: Environment): string[] => neededPackages(platformFacts(environment));

/**
 * A pool's machines differ by their host names only: they share one text, which has this in the name's place; YAML quotes
 * neither.
 */
export const hostnamePlaceholder = "hostname-of-the-machine";

/**
 * Renders what machines are told, without any secret: by machine, and by pool for workers. First the user-data, then the files that are
 * delivered.
 */
export function userDataTexts(environment: Environment): Record<string, string> {
  const facts = platformFacts(environment);
  const text = (machine: MachinePlan) =>
    userData(machine) + toYaml({ delivered: machineFiles(machine, facts, { token: shownToken }) });
  const texts: Record<string, string> = {};
  for (const machine of facts.machines) {
    if (machine.pool === undefined) texts[machine.name] = text(machine);
    else texts[machine.pool] ??= text({ ...machine, hostname: hostnamePlaceholder });
  }
  return texts;
}
