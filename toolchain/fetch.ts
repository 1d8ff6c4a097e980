import { versions } from "../config/versions.ts";
import { UserError } from "../lib/errors.ts";
import type { Report } from "../lib/run.ts";
import { kubernetesBinaries } from "./kubernetes.ts";
import { registryTree } from "./oci-images.ts";
import { nodejsLanguageHost, pulumiCommand } from "./pulumi.ts";

const targets: Record<string, (report: Report) => Promise<string>> = {
  pulumi: async (report) => (await pulumiCommand(report)).root,
  "pulumi-language-nodejs": nodejsLanguageHost,
  kubernetes: async (report) => (await kubernetesBinaries(versions.kubernetes, report)).dir,
  images: async (report) => (await registryTree(versions.kubernetes, report)).dir,
};

/** Fills the cache, so that a later `up` need not wait: `tsx toolchain/fetch.ts pulumi kubernetes images`. */
async function main(names: string[]): Promise<void> {
  const wanted = names.map((name) => {
    const target = targets[name];
    if (!target) throw new UserError(`there is no tool ${name}`, `name some of: ${Object.keys(targets).join(", ")}`);
    return { name, target };
  });
  if (wanted.length === 0) throw new UserError("no tool is named", `name some of: ${Object.keys(targets).join(", ")}`);
  for (const { name, target } of wanted) {
    const startedAt = Date.now();
    const directory = await target((message) => console.error(message));
    console.log(`${name}: ${directory} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}${error.next ? `\nnext: ${error.next}` : ""}`);
  process.exitCode = 1;
}
