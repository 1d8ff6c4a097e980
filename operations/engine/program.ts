import type { PulumiFn, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Environment } from "../../config/environment.ts";
import type { ProgramOptions } from "../../program/index.ts";
import type { SiteTransforms } from "../../program/transforms.ts";
import { loadAdapter } from "../../stacks/adapter.ts";

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

/** What Pulumi's runtime does at each resource for who works on Pulumi itself: half of a large program's time. */
export async function lightenRuntime(): Promise<void> {
  const { log, Resource } = await import("@pulumi/pulumi");
  const { default: debuggable } = await import("@pulumi/pulumi/runtime/debuggable.js");
  // Three messages of each resource, the next sent when the last was answered, that the engine only logs.
  Object.assign(log, { debug: async () => {} });
  // The call stack of each resource, whose lines by source maps took 6 ms.
  process.setSourceMapsEnabled(false);
  Object.assign(Resource, { callsites: () => [] });
  // The call stack of each promise, of which each property has four, to tell of those that were left waiting.
  Object.assign(debuggable, { debuggablePromise: <T>(promise: Promise<T>) => promise });
}
