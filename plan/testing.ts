import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { type Recorded, record } from "../components/testing.ts";
import { parseEnvironment } from "../config/parse.ts";
import { program } from "../stacks/index.ts";
import { type Plan, planOf } from "./plan.ts";
import { shippedPriceTable } from "./price-table.ts";

const stacks = join(import.meta.dirname, "..", "stacks");

/** Of every environment file that the repository comes with. */
export const exampleNames = readdirSync(stacks).flatMap((file) => file.match(/^Pulumi\.(.+)\.yaml$/)?.[1] ?? []);

interface Both {
  plan: Plan;
  program: Recorded;
}

const done = new Map<string, Promise<Both>>();

/** The plan of an environment, and what the real program registers for the same file; with `unknown` as in its first preview. */
export function both(name: string, options: { unknown?: boolean } = {}): Promise<Both> {
  const key = JSON.stringify([name, options]);
  const known = done.get(key) ?? runBoth(name, options);
  done.set(key, known);
  return known;
}

async function runBoth(name: string, options: { unknown?: boolean }): Promise<Both> {
  const text = readFileSync(join(stacks, `Pulumi.${name}.yaml`), "utf8");
  const settings = parse(text).config["kpaas:environment"];
  const recorded = await record(() => {
    pulumi.runtime.setAllConfig({ "kpaas:environment": JSON.stringify(settings) });
    return program();
  }, options);
  return {
    plan: planOf(parseEnvironment("test", settings), shippedPriceTable(settings.infrastructure.kind)),
    program: recorded,
  };
}

export const inputsOf = ({ resources }: Recorded, type: string) =>
  resources.filter((resource) => resource.type === type).map(({ inputs }) => inputs);

export function sorted<T>(list: T[]): T[] {
  return [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
