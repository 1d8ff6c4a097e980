import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { type Recorded, record } from "../components/testing.ts";
import { parseEnvironment } from "../config/parse.ts";
import { program } from "../stacks/index.ts";
import { type Plan, planOf } from "./plan.ts";
import { shippedPriceTable } from "./price-table.ts";

interface Both {
  plan: Plan;
  program: Recorded;
}

const done = new Map<string, Promise<Both>>();

/** The plan of an environment, and what the real program registers for the same file. */
export function both(name: string): Promise<Both> {
  const known = done.get(name) ?? runBoth(name);
  done.set(name, known);
  return known;
}

async function runBoth(name: string): Promise<Both> {
  const text = readFileSync(join(import.meta.dirname, "..", "stacks", `Pulumi.${name}.yaml`), "utf8");
  const settings = parse(text).config["kpaas:environment"];
  const recorded = await record(() => {
    pulumi.runtime.setAllConfig({ "kpaas:environment": JSON.stringify(settings) });
    return program();
  });
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
