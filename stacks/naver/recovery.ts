import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import type { Finder, PendingCreate } from "../shared/finder.ts";
import { ask, resourceToken } from "../shared/terraform-bridge.ts";
import { createProvider } from "./provider.ts";
import { ncloud } from "./sdk.ts";
import type { Settings } from "./settings.ts";

/** Ids of types known by what they belong to, or by their names alone: the refresh that follows forgets what is not there. */
const idOf: Record<string, (inputs: PendingCreate["inputs"]) => string> = {
  ncloud_login_key: ({ keyName }) => `${keyName}`,
  ncloud_access_control_group_rule: ({ accessControlGroupNo }) => `${accessControlGroupNo}`,
  ncloud_route_table_association: ({ routeTableNo, subnetNo }) => `${routeTableNo}:${subnetNo}`,
};

/** Types that are looked up by the name that the program gives, a public address by its description. */
const namedTypes = [
  "ncloud_vpc",
  "ncloud_subnet",
  "ncloud_nat_gateway",
  "ncloud_route_table",
  "ncloud_access_control_group",
  "ncloud_network_interface",
  "ncloud_init_script",
  "ncloud_placement_group",
  "ncloud_server",
  "ncloud_block_storage",
  "ncloud_public_ip",
];

/** Pattern of what Naver's provider says of a look-up that finds none. */
const nothingFound = /no results/i;

/** Finds resources by names, as Naver has no tags. Those of other types are made again without harm. */
export async function createFinder({ infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  return async ({ type, inputs }, known) => {
    const [, follows] = Object.entries(idOf).find(([terraformName]) => resourceToken(terraformName) === type) ?? [];
    if (follows) return follows(inputs);
    const terraformName = namedTypes.find((candidate) => resourceToken(candidate) === type);
    const [attribute] = ["name", "description"].filter((key) => typeof inputs[key] === "string");
    if (!terraformName || !attribute) return undefined;
    const id = await findByName(terraformName, attribute, String(inputs[attribute]), opts);
    return id === undefined || known.has(id) ? undefined : id;
  };
}

async function findByName(
  terraformName: string,
  attribute: string,
  value: string,
  opts: pulumi.InvokeOptions,
): Promise<string | undefined> {
  try {
    const filters = [{ name: attribute, values: [value] }];
    return (await ask<{ id: string }>(ncloud, terraformName, { filters }, opts)).id;
  } catch (error) {
    if (error instanceof Error && nothingFound.test(error.message)) return undefined;
    throw error;
  }
}
