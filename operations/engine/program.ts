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

/** Lets an operation see another part of the platform, or more of it, than the file says. */
export async function withProgram(
  stack: Stack,
  options: ProgramOptions,
  operation: () => Promise<unknown>,
): Promise<void> {
  const { workspace } = stack;
  const { program } = workspace;
  workspace.program = () => runProgram(options);
  try {
    await operation();
  } finally {
    workspace.program = program;
  }
}
