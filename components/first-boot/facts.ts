import type { Environment } from "../../config/environment.ts";
import type { MachinePlan } from "../../config/machines.ts";
import type { Role } from "../../config/roles/index.ts";

/** Facts of the platform that rendering needs beyond the machine itself. */
export interface PlatformFacts {
  environment: Environment;
  /** Every machine of the environment. */
  machines: MachinePlan[];
  /** Signs the registry's and the database's certificates. */
  platformCaPem: string;
  /** `sha256:<hex>` of the Kubernetes CA's public key, by which joining nodes know the cluster. */
  kubernetesCaPin: string;
  /** Set where workers share a directory without a file server: its path on each worker. */
  sharedVolumePath?: string;
  /** Set where the registry's machine serves packages. */
  packageSource?: PackageSourceFacts;
}

/** An apt repository as its users know it. */
export interface PackageSourceFacts {
  /** Release that its packages are of. */
  suite: string;
  /** Armoured OpenPGP key that signs it. */
  publicKey: string;
}

/** A file that the installer delivers to a machine, owned by root. */
export interface BootFile {
  /** Absolute. */
  path: string;
  content: string;
  /** @default "0644" */
  permissions?: string;
}

/** Additions of one role to what every machine has. */
export interface RoleBoot {
  /** Scripts below `scripts/`, joined in this order after what all have. */
  scripts: string[];
  /** Variables for the scripts. */
  variables: Record<string, string>;
  /** Packages beside the role's own. */
  extraPackages?: readonly string[];
  files: BootFile[];
}

export const platformCaPath = "/etc/kpaas/platform-ca.crt";

export function machinesOfRole(role: Role, { machines }: PlatformFacts): MachinePlan[] {
  return machines.filter((machine) => machine.role === role);
}

/** Gives the address of a machine whose role has fixed ones. */
export function addressOf({ name, privateIp }: MachinePlan): string {
  if (!privateIp) throw new Error(`${name} has no fixed address`);
  return privateIp;
}

export function dataPathOf({ name, dataDisk }: MachinePlan): string {
  if (!dataDisk) throw new Error(`${name} has no data disk`);
  return dataDisk.mountPath;
}
