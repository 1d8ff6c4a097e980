import type { RoleBoot } from "./facts.ts";
import { rolePackages } from "./packages.ts";

export function bastionBoot(): RoleBoot {
  return { scripts: ["bastion.sh"], variables: {}, packages: rolePackages.bastion, files: [], awaitsSecrets: false };
}
