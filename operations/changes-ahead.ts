import type { EngineRun } from "./engine/operation.ts";
import { advance, type Outcome, startProgress } from "./engine/progress.ts";

/** Asks the engine, once in an operation, what it would change. */
export async function changesAhead(engine: EngineRun): Promise<readonly Outcome[]> {
  engine.previewed ??= await previewed(engine);
  return engine.previewed;
}

async function previewed({ stack, options }: EngineRun): Promise<readonly Outcome[]> {
  const progress = startProgress(Date.now());
  await stack.preview({
    ...options,
    refresh: true,
    onEvent(event) {
      advance(progress, event, Date.now());
      // Only what goes wrong is worth a word: all else is told when it is done.
      if (event.diagnosticEvent?.severity === "error") options.onEvent(event);
    },
  });
  return [...progress.outcomes.values()];
}
