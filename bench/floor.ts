import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { stringify } from "yaml";
import { RandomSecret } from "../provider/sdk.ts";
import { pulumiCommand } from "../toolchain/pulumi.ts";

/**
 * Measures the least that any program with so many resources costs on this machine: Pulumi engine, state file, one provider.
 * `environment`: the Pulumi engine's variables.
 */
export async function bareProgram(
  resources: number,
  folder: string,
  environment: Record<string, string> = {},
): Promise<{ previewSeconds: number; upSeconds: number }> {
  const state = join(folder, "floor");
  mkdirSync(state, { recursive: true });
  const provider = fileURLToPath(new URL("../provider", import.meta.url));
  const project = { name: "floor", runtime: "nodejs", plugins: { providers: [{ name: "kpaas", path: provider }] } };
  writeFileSync(join(folder, "Pulumi.yaml"), stringify(project));
  const { root } = await pulumiCommand(() => {});
  const stack = await LocalWorkspace.createOrSelectStack(
    {
      stackName: "floor",
      projectName: "floor",
      program: async () => {
        for (let index = 0; index < resources; index++) new RandomSecret(`plain-${index}`, {});
      },
    },
    {
      pulumiCommand: await PulumiCommand.get({ root }),
      envVars: {
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: "floor",
        PULUMI_HOME: state,
        ...environment,
      },
      workDir: folder,
    },
  );
  const previewSeconds = await seconds(() => stack.preview());
  const upSeconds = await seconds(() => stack.up());
  await stack.destroy();
  return { previewSeconds, upSeconds };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
