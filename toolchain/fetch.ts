import { versions } from "../config/versions.ts";
import { UserError } from "../lib/errors.ts";
import type { Report } from "../lib/run.ts";
import { kubernetesBinaries } from "./kubernetes.ts";
import { registryTree } from "./oci-images.ts";
import { nodejsLanguageHost, pulumiCommand } from "./pulumi.ts";

const targets: Record<string, (report: Report) => Promise<string>> = {
  pulumi: async (report) => (await pulumiCommand(report)).root,
  "pulumi-language-nodejs": nodejsLanguageHost,
};

/** Makers of what there is for each Kubernetes version: `kubernetes`, or `kubernetes@1.35.4`. */
const targetsByVersion: Record<string, (version: string, report: Report) => Promise<string>> = {
  kubernetes: async (version, report) => (await kubernetesBinaries(version, report)).dir,
  images: async (version, report) => (await registryTree(version, report)).dir,
};

function makerOf(target: string): ((report: Report) => Promise<string>) | undefined {
  const [name = "", version = versions.kubernetes, ...more] = target.split("@");
  const ofVersion = more.length === 0 ? targetsByVersion[name] : undefined;
  return ofVersion ? (report) => ofVersion(version, report) : targets[target];
}

/** Fills the cache, so that a later `up` need not wait: `tsx toolchain/fetch.ts pulumi kubernetes@1.35.4 images`. */
async function main(names: string[]): Promise<void> {
  const known = [...Object.keys(targets), ...Object.keys(targetsByVersion).map((name) => `${name}[@version]`)].join(
    ", ",
  );
  const wanted = names.map((name) => {
    const make = makerOf(name);
    if (!make) throw new UserError(`there is no tool ${name}`, `name some of: ${known}`);
    return { name, make };
  });
  if (wanted.length === 0) throw new UserError("no tool is named", `name some of: ${known}`);
  for (const { name, make } of wanted) {
    const startedAt = Date.now();
    const directory = await make((message) => console.error(message));
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
