import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Environment } from "../../config/environment.ts";
import type { ProgramOptions } from "../../program/index.ts";
import type { SiteTransforms } from "../../program/transforms.ts";
import { loadAdapter } from "../../stacks/adapter.ts";
import { lightenRuntime } from "./shortcuts.ts";

/** The whole environment. */
export const programWith =
  (transforms?: SiteTransforms): PulumiFn =>
  () =>
    runProgram({ transforms });

async function runProgram(options: ProgramOptions): Promise<Record<string, unknown>> {
  const { program } = await import("../../program/index.ts");
  await lightenRuntime();
  return program(options);
}

/** Reads the program and the cloud's SDK while the engine starts. A failure is told when the engine asks for them. */
export function preloadProgram(environment: Environment): void {
  Promise.all([import("../../program/index.ts"), loadAdapter(environment, "index")]).catch(() => undefined);
}

/** Lets an operation see no more than the platform up to its workers. */
export async function withoutWorkers(
  stack: Stack,
  transforms: SiteTransforms | undefined,
  operation: () => Promise<unknown>,
): Promise<void> {
  const { workspace } = stack;
  const { program } = workspace;
  workspace.program = () => runProgram({ withoutWorkers: true, transforms });
  try {
    await operation();
  } finally {
    workspace.program = program;
  }
}
