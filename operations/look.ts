import type { EngineRun, Operation } from "./engine/operation.ts";
import { isForeignBackend, readStackState } from "./engine/state.ts";
import type { LoadedEnvironment } from "./environments.ts";
import { type PlatformState, stateOf } from "./living-platform.ts";
import type { Step } from "./steps.ts";

/** A look at the cluster: at the beginning where the state is kpaas's own, within the engine's run where only the engine can read it. */
export interface Look {
  own: Step<Operation>;
  foreign: Step<EngineRun>;
}

/** Makes the steps of a look, of which one runs. */
export const lookBy = (
  name: string,
  look: (loaded: LoadedEnvironment, state: PlatformState) => Promise<void>,
): Look => ({
  own: { name, when: () => !isForeignBackend(), run: ({ loaded }) => look(loaded, readStackState(loaded.name) ?? {}) },
  foreign: { name, when: isForeignBackend, run: async (engine) => look(engine.loaded, await stateOf(engine)) },
});
