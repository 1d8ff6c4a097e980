import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Environment } from "../../config/environment.ts";
import { loadAdapter } from "../../stacks/adapter.ts";
import { lightenRuntime } from "./shortcuts.ts";

/** The whole environment. */
export const program: PulumiFn = () => runProgram();

async function runProgram(options?: { withoutWorkers: boolean }): Promise<Record<string, unknown>> {
  const { program } = await import("../../program/index.ts");
  await lightenRuntime();
  return program(options);
}

/** Reads the program and the cloud's SDK while the engine starts. A failure is told when the engine asks for them. */
export function preloadProgram(environment: Environment): void {
  Promise.all([import("../../program/index.ts"), loadAdapter(environment, "index")]).catch(() => undefined);
}

/** Lets an operation see no more than the platform up to its workers. */
export async function withoutWorkers(stack: Stack, operation: () => Promise<unknown>): Promise<void> {
  stack.workspace.program = () => runProgram({ withoutWorkers: true });
  try {
    await operation();
  } finally {
    stack.workspace.program = program;
  }
}
