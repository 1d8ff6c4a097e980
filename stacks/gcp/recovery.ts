import { getClientConfig } from "@pulumi/gcp/organizations/getClientConfig.js";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../shared/finder.ts";
import { createProvider, prefixOf } from "./provider.ts";
import type { Settings } from "./settings.ts";

type Properties = Record<string, unknown>;

interface Found {
  id: string;
  labels?: Record<string, string>;
}

/** Inputs by which the data source of a type's name knows a resource, by type: `getDisk` for a `Disk`. */
const keys: Record<string, string[]> = {
  "gcp:compute/network:Network": ["name"],
  "gcp:compute/subnetwork:Subnetwork": ["name", "region"],
  "gcp:compute/router:Router": ["name", "region", "network"],
  "gcp:compute/routerNat:RouterNat": ["name", "region", "router"],
  "gcp:compute/address:Address": ["name", "region"],
  "gcp:compute/resourcePolicy:ResourcePolicy": ["name", "region"],
  "gcp:compute/disk:Disk": ["name", "zone"],
  "gcp:compute/instance:Instance": ["name", "zone"],
  "gcp:serviceaccount/account:Account": ["accountId"],
};

/** Ids of types that no data source tells of: what the refresh that follows does not find is dropped. */
const ids: Record<string, (project: string, inputs: Properties) => string> = {
  "gcp:compute/firewall:Firewall": (project, { name }) => `projects/${project}/global/firewalls/${name}`,
  "gcp:projects/iAMCustomRole:IAMCustomRole": (project, { roleId }) => `projects/${project}/roles/${roleId}`,
};

export const lookedFor: readonly string[] = [...Object.keys(keys), ...Object.keys(ids)];

/**
 * Finds resources by names, all but instances' and identities' beginning with the environment's, and by labels where a
 * type has them. What an account may do is granted again without harm.
 */
export async function createFinder({ name: environment, infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  const { project } = await getClientConfig(opts);
  const isOurs = ({ name }: Properties, { labels }: Found) =>
    labels
      ? labels["kpaas-environment"] === environment
      : name === undefined || String(name).startsWith(prefixOf(environment));
  return async ({ type, inputs }, known) => {
    const id = ids[type];
    const found = id ? { id: id(project, inputs) } : await read(type, inputs, opts);
    return found && isOurs(inputs, found) && !known.has(found.id) ? found.id : undefined;
  };
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

/** Gives a type's data source: `gcp:compute/getDisk:getDisk` for `gcp:compute/disk:Disk`. */
function dataSource(type: string): string {
  return type.replace(/\/\w+:(\w+)$/, "/get$1:get$1");
}
