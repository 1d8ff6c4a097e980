import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../shared/finder.ts";
import { createProvider } from "./provider.ts";
import type { Settings } from "./settings.ts";

interface Found {
  id: string;
  tags?: Record<string, string>;
}

/** Inputs by which resources that carry no tags are read, by type. Their numbers are nobody else's. */
export const untagged: Record<string, string[]> = {
  "azure-native:authorization:RoleDefinition": ["roleDefinitionId", "scope"],
  "azure-native:authorization:RoleAssignment": ["roleAssignmentName", "scope"],
};

/** Finds resources by their names, all the program's own. To read one is called as to make it: `getDisk` for a `Disk`. */
export async function createFinder({ name, infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  const read = async (type: string, names: Record<string, unknown>): Promise<Found | undefined> => {
    try {
      return await pulumi.runtime.invoke(type.replace(/:(\w+)$/, ":get$1"), names, opts);
    } catch (error) {
      if (error instanceof Error && /NotFound\b|\b404\b/.test(error.message)) return undefined;
      throw error;
    }
  };
  return async ({ type, inputs }, known) => {
    const keys = untagged[type];
    const names = Object.entries(inputs).filter(([key]) => keys?.includes(key) ?? key.endsWith("Name"));
    const found = await read(type, Object.fromEntries(names));
    if (!found || known.has(found.id)) return undefined;
    return keys || found.tags?.["kpaas-environment"] === name ? found.id : undefined;
  };
}
