import type { RoleBoot } from "./facts.ts";

export function bastionBoot(): RoleBoot {
  return { scripts: ["bastion.sh"], variables: {}, files: [] };
}
