import { leaveOutUnobtainable } from "./application-sources.ts";
import { engineStep, type Operated, type Operation, operate } from "./engine/operation.ts";
import { preloadProgram } from "./engine/program.ts";
import { type LoadedEnvironment, requireDeployable } from "./environments.ts";
import type { Step } from "./steps.ts";
import { upgradePreflightWarnings } from "./upgrade-preflight/index.ts";

const steps: readonly Step<Operation>[] = [
  { name: "check that all of the environment can be made", run: ({ loaded }) => requireDeployable(loaded) },
  leaveOutUnobtainable,
  upgradePreflightWarnings,
  {
    name: "run the engine",
    run: engineStep("preview", [
      { name: "start to read the program", run: ({ loaded }) => preloadProgram(loaded.environment) },
      {
        name: "compare with the program",
        run: async ({ stack, programOptions }) => void (await stack.preview(programOptions)),
      },
    ]),
  },
];

/** Finds out what `up` would change; changes nothing. Throws UserError. */
export const preview = (loaded: LoadedEnvironment): Promise<Operated> => operate(loaded, steps);
