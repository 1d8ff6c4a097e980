import { getClientConfig } from "@pulumi/gcp/organizations/getClientConfig.js";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../recovery.ts";
import { createProvider, prefixOf } from "./provider.ts";
import type { Settings } from "./settings.ts";

type Properties = Record<string, unknown>;

interface Found {
  id: string;
  labels?: Record<string, string>;
}

/** The inputs by which data sources know what is called as they are: `getDisk` for a `Disk`. */
const keys: Record<string, string[]> = {
  "gcp:compute/network:Network": ["name"],
  "gcp:compute/subnetwork:Subnetwork": ["name", "region"],
  "gcp:compute/router:Router": ["name", "region", "network"],
  "gcp:compute/routerNat:RouterNat": ["name", "region", "router"],
  "gcp:compute/address:Address": ["name", "region"],
  "gcp:compute/resourcePolicy:ResourcePolicy": ["name", "region"],
  "gcp:compute/disk:Disk": ["name", "zone"],
  "gcp:compute/instance:Instance": ["name", "zone"],
};

/** By names, all but instances' beginning with the environment's, and by labels where a type has them. */
export async function createFinder({ name: environment, infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  const { project } = await getClientConfig(opts);
  const isOurs = (name: string, { labels }: Found) =>
    labels ? labels["kpaas-environment"] === environment : name.startsWith(prefixOf(environment));
  return async ({ type, inputs }, known) => {
    // No data source tells of one: what the refresh that follows does not find is dropped.
    const found = type === "gcp:compute/firewall:Firewall" ? firewall(project, inputs) : await read(type, inputs, opts);
    return found && isOurs(String(inputs.name), found) && !known.has(found.id) ? found.id : undefined;
  };
}

function firewall(project: string, { name }: Properties): Found {
  return { id: `projects/${project}/global/firewalls/${name}` };
}

async function read(type: string, inputs: Properties, opts: pulumi.InvokeOptions): Promise<Found | undefined> {
  const args = keys[type]?.map((key) => [key, inputs[key]]);
  if (!args) return undefined;
  try {
    return await pulumi.runtime.invoke(dataSource(type), Object.fromEntries(args), opts);
  } catch (error) {
    if (error instanceof Error && /\b404\b|not ?found/i.test(error.message)) return undefined;
    throw error;
  }
}

/** `gcp:compute/getDisk:getDisk` for `gcp:compute/disk:Disk`. */
function dataSource(type: string): string {
  return type.replace(/\/\w+:(\w+)$/, "/get$1:get$1");
}
