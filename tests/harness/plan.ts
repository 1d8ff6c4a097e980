import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { Environment } from "../../config/environment.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { repository } from "../../lib/repository.ts";
import { type Plan, planOf } from "../../plan/plan.ts";
import { shippedPriceTable } from "../../plan/price-table.ts";
import { program } from "../../program/index.ts";
import { type Recorded, record } from "./components.ts";
import { exampleSecrets } from "./policies.ts";

interface Options {
  /** As in a first preview, where the cloud has computed nothing yet. */
  unknown?: boolean;
  /** In place of the file's own. */
  gateway?: Environment["containerPlatform"]["gateway"];
}

const stacks = join(repository, "stacks");

/** Of every environment file that the repository comes with. */
export const exampleNames = readdirSync(stacks).flatMap((file) => file.match(/^Pulumi\.(.+)\.yaml$/)?.[1] ?? []);

interface Both {
  plan: Plan;
  program: Recorded;
}

const done = new Map<string, Promise<Both>>();

/** The plan of an environment, and what the real program registers for the same file. */
export function both(name: string, options: Options = {}): Promise<Both> {
  const key = JSON.stringify([name, options]);
  const known = done.get(key) ?? runBoth(name, options);
  done.set(key, known);
  return known;
}

async function runBoth(name: string, { gateway, ...options }: Options): Promise<Both> {
  const settings = settingsOf(name);
  if (gateway) {
    const { haproxy: _, ...platform } = settings.containerPlatform;
    settings.containerPlatform = { ...platform, gateway };
  }
  const recorded = await record(() => {
    pulumi.runtime.setAllConfig({ "kpaas:environment": JSON.stringify(settings), ...exampleSecrets });
    return program();
  }, options);
  return { plan: planFrom(settings), program: recorded };
}

export const planOfExample = (name: string): Plan => planFrom(settingsOf(name));

function settingsOf(name: string) {
  return parse(readFileSync(join(stacks, `Pulumi.${name}.yaml`), "utf8")).config["kpaas:environment"];
}

function planFrom(settings: { infrastructure: { kind: string } }): Plan {
  return planOf(parseEnvironment("test", settings), shippedPriceTable(settings.infrastructure.kind));
}

export const inputsOf = ({ resources }: Recorded, type: string) =>
  resources.filter((resource) => resource.type === type).map(({ inputs }) => inputs);

export function sorted<T>(list: T[]): T[] {
  return [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
