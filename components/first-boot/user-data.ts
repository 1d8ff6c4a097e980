import type { MachinePlan } from "../../config/machines.ts";
import { toYaml } from "../../lib/yaml.ts";

/**
 * Renders a machine's user-data for cloud-init, the same on every infrastructure. It says who the machine is, and nothing that may
 * change while it lives: other user-data is another machine. All else is delivered (`machineFiles`). No part of it is secret.
 */
export function userData({ hostname, generation }: Pick<MachinePlan, "hostname" | "generation">): string {
  const document = { hostname, preserve_hostname: false, ssh_pwauth: false };
  return `#cloud-config\n# generation ${generation}\n${toYaml(document)}`;
}
