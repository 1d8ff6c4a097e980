import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../shared/finder.ts";
import { ask, resourceToken } from "../shared/terraform-bridge.ts";
import { createProvider } from "./provider.ts";
import { ibm } from "./sdk.ts";
import type { Settings } from "./settings.ts";

/** Types that are looked up by the name that the program gives, with what else their data sources ask for. */
const namedTypes: Record<string, string[]> = {
  ibm_is_vpc: [],
  ibm_is_public_gateway: [],
  ibm_is_subnet: ["vpc"],
  ibm_is_security_group: ["vpc"],
  ibm_is_ssh_key: [],
  ibm_is_placement_group: [],
  ibm_is_instance: [],
  ibm_is_volume: [],
  ibm_is_instance_volume_attachment: ["instance"],
  ibm_is_floating_ip: [],
};

/** Pattern of what IBM's provider says of a look-up that finds none. */
const nothingFound = /\bno [\w ]+ found|not found with name/i;

/**
 * Finds resources by names. Other types' are made again without harm: a range or a rule is refused or is the same once
 * more.
 */
export async function createFinder({ infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  return async ({ type, inputs }, known) => {
    const [terraformName, keys] = Object.entries(namedTypes).find(([name]) => resourceToken(name) === type) ?? [];
    if (!terraformName || !keys) return undefined;
    const args = Object.fromEntries(["name", ...keys].map((key) => [key, inputs[key]]));
    try {
      const { id } = await ask<{ id: string }>(ibm, terraformName, args, opts);
      return known.has(id) ? undefined : id;
    } catch (error) {
      if (error instanceof Error && nothingFound.test(error.message)) return undefined;
      throw error;
    }
  };
}
