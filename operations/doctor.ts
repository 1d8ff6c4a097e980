import { containerEngine } from "./doctor/container-engine.ts";
import type { Finding } from "./doctor/examination.ts";
import { diskSpace, kernelFeatures, memory } from "./doctor/host.ts";
import { registries } from "./doctor/registries.ts";
import { caches, goToolchain, node, npmPackages, pulumi, sshClient } from "./doctor/tools.ts";
import { runTogether, type Step } from "./steps.ts";

const examinations: readonly Step<void, Finding[]>[] = [
  { name: "look at Node.js", run: node },
  { name: "look at npm's packages", run: npmPackages },
  { name: "look for Pulumi", run: pulumi },
  { name: "ask the container engine", run: containerEngine },
  { name: "look for Go", run: goToolchain },
  { name: "look for OpenSSH's client", run: sshClient },
  { name: "measure the disks", run: diskSpace },
  { name: "measure the memory", run: memory },
  { name: "look at the kernel", run: kernelFeatures },
  { name: "ask the registries", run: registries },
  { name: "measure the caches", run: caches },
];

/** Looks at this machine; changes nothing. */
export async function examine(): Promise<Finding[]> {
  return (await runTogether(examinations, undefined)).flat();
}
