import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../recovery.ts";
import { createProvider } from "./provider.ts";
import type { Settings } from "./settings.ts";

interface Found {
  id: string;
  tags?: Record<string, string>;
}

/** Every name is the program's own, and to read a resource is called as to make it: `getDisk` for a `Disk`. */
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
    const names = Object.entries(inputs).filter(([key]) => key.endsWith("Name"));
    const found = await read(type, Object.fromEntries(names));
    return found?.tags?.["kpaas-environment"] === name && !known.has(found.id) ? found.id : undefined;
  };
}
