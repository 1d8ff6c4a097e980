import { existsSync, readdirSync } from "node:fs";
import type { z } from "zod";
import type { BilledParts, Capabilities } from "./infrastructure-fields.ts";

/** What each infrastructure's folder exports from its `settings.ts`: plain, without the cloud's SDK. */
interface SettingsModule {
  /** Its part of an environment file. */
  settings: z.ZodObject<{ kind: z.ZodLiteral<string> }>;
  capabilities: Capabilities;
  billed: BilledParts;
  /** npm packages of its SDK that are installed when an environment first needs them: see `peerDependencies` of package.json. */
  packages?: string[];
}

const stacks = new URL("../stacks/", import.meta.url);

/** Each folder of `stacks/` is an infrastructure, and nothing else lists them. */
const kinds = readdirSync(stacks).filter((name) => existsSync(new URL(`${name}/settings.ts`, stacks)));

const modules = new Map<string, SettingsModule>(
  await Promise.all(kinds.map(async (kind) => [kind, await import(`../stacks/${kind}/settings.ts`)] as const)),
);

/** `local` first, which needs nothing but this machine; the others by name. */
const inOrder = [...modules].sort(([a], [b]) => Number(b === "local") - Number(a === "local") || (a < b ? -1 : 1));

export const infrastructureVariants = inOrder.map(([, { settings }]) => settings);

export const infrastructureKinds = inOrder.map(([kind]) => kind);

/** Throws for what is no infrastructure. */
export function capabilitiesOf(infrastructure: { kind: string }): Capabilities {
  return moduleOf(infrastructure).capabilities;
}

/** Throws for what is no infrastructure. */
export function billedPartsOf(infrastructure: { kind: string }): BilledParts {
  return moduleOf(infrastructure).billed;
}

/** npm packages beside those that are always there. Throws for what is no infrastructure. */
export function packagesOf(infrastructure: { kind: string }): string[] {
  return moduleOf(infrastructure).packages ?? [];
}

function moduleOf({ kind }: { kind: string }): SettingsModule {
  const found = modules.get(kind);
  if (!found) throw new RangeError(`no infrastructure is called ${kind}`);
  return found;
}
