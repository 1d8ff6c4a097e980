import { leaveOutUnobtainable } from "./application-sources.ts";
import { engineStep, type Operated, type Operation, operate } from "./engine/operation.ts";
import type { LoadedEnvironment } from "./environments.ts";
import type { Step } from "./steps.ts";

const steps: readonly Step<Operation>[] = [
  leaveOutUnobtainable,
  {
    name: "run the engine",
    run: engineStep("refresh", [
      {
        name: "take what is there into the state",
        run: async ({ stack, options }) => void (await stack.refresh(options)),
      },
    ]),
  },
];

/** Takes into the state what is observed. Throws UserError. */
export const refresh = (loaded: LoadedEnvironment): Promise<Operated> => operate({ loaded }, steps);
