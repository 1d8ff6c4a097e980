/** One of the things that an operation does, in its order. */
export interface Step<Context, Result = void> {
  /** Its name in a failure: a verb and an object. */
  name: string;
  /** Tells whether the step runs. Left out: it always does. */
  when?(context: Context): boolean;
  run(context: Context): Promise<Result> | Result;
}

/** Runs steps one after another; the first that fails is the last. */
export async function runSteps<Context>(steps: readonly Step<Context>[], context: Context): Promise<void> {
  for (const step of steps) if (step.when?.(context) ?? true) await runStep(step, context);
}

/** Runs steps side by side; gives their results in the order of the steps. */
export function runTogether<Context, Result>(
  steps: readonly Step<Context, Result>[],
  context: Context,
): Promise<Result[]> {
  return Promise.all(steps.filter(({ when }) => when?.(context) ?? true).map((step) => runStep(step, context)));
}

async function runStep<Context, Result>(step: Step<Context, Result>, context: Context): Promise<Result> {
  try {
    return await step.run(context);
  } catch (error) {
    if (error instanceof Error) failedSteps.set(error, [step.name, ...failedStepsOf(error)]);
    throw error;
  }
}

const failedSteps = new WeakMap<Error, readonly string[]>();

/** Names of the steps that an error ended, the outermost first; none where it came from elsewhere. */
export const failedStepsOf = (error: Error): readonly string[] => failedSteps.get(error) ?? [];
