import { containerEngine } from "./container-engine.ts";
import type { Examination, Finding } from "./examination.ts";
import { diskSpace, kernelFeatures, memory } from "./host.ts";
import { registries } from "./registries.ts";
import { caches, goToolchain, node, npmPackages, pulumi, sshClient } from "./tools.ts";

const examinations: readonly Examination[] = [
  node,
  npmPackages,
  pulumi,
  containerEngine,
  goToolchain,
  sshClient,
  diskSpace,
  memory,
  kernelFeatures,
  registries,
  caches,
];

/** Looks at this machine; changes nothing. */
export async function examine(): Promise<Finding[]> {
  return (await Promise.all(examinations.map((examination) => examination()))).flat();
}
