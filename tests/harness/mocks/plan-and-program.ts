import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../../config/environment.ts";
import { parseEnvironment } from "../../../config/parse.ts";
import { type Plan, planOf } from "../../../plan/plan.ts";
import { shippedPriceTable } from "../../../plan/price-table.ts";
import { program } from "../../../program/index.ts";
import { exampleSettings } from "../environments/shipped-examples.ts";
import { exampleSecrets } from "../policies/program-resources.ts";
import { type Recorded, record } from "./mocks.ts";

interface Options {
  /** Computed values are unknown, as in a first preview, where the cloud has computed nothing yet. */
  unknown?: boolean;
  /** Gateway in place of the file's own. */
  gateway?: Environment["containerPlatform"]["gateway"];
}

interface Both {
  plan: Plan;
  program: Recorded;
}

const done = new Map<string, Promise<Both>>();

/** Gives the plan of an example, and the resources that the real program registers for the same file. */
export function both(name: string, options: Options = {}): Promise<Both> {
  const key = JSON.stringify([name, options]);
  const known = done.get(key) ?? runBoth(name, options);
  done.set(key, known);
  return known;
}

async function runBoth(name: string, { gateway, ...options }: Options): Promise<Both> {
  const settings = exampleSettings(name);
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

export const planOfExample = (name: string): Plan => planFrom(exampleSettings(name));

function planFrom(settings: { infrastructure: { kind: string } }): Plan {
  return planOf(parseEnvironment("test", settings), shippedPriceTable(settings.infrastructure.kind));
}

export const inputsOf = ({ resources }: Recorded, type: string) =>
  resources.filter((resource) => resource.type === type).map(({ inputs }) => inputs);

export function sorted<T>(list: T[]): T[] {
  return [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
