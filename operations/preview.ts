import { leaveOutUnobtainable } from "./application-sources.ts";
import { engineStep, type Operated, type Operation, operate } from "./engine/operation.ts";
import { preloadProgram } from "./engine/program.ts";
import { isForeignBackend, readStackState } from "./engine/state.ts";
import { type LoadedEnvironment, requireDeployable } from "./environments.ts";
import { refuseChanges, refuseInForeignState } from "./living-platform.ts";
import { podSecurityWarnings } from "./pod-security.ts";
import { tellRollout } from "./previewed-rollout.ts";
import { requirePreviewable } from "./readiness.ts";
import type { Step } from "./steps.ts";
import { upgradePreflightWarnings } from "./upgrade-preflight/index.ts";

const steps: readonly Step<Operation>[] = [
  { name: "check that all of the environment can be made", run: ({ loaded }) => requireDeployable(loaded) },
  { name: "look for what would stop it, or the up", run: ({ loaded }) => requirePreviewable(loaded) },
  {
    name: "refuse what a living platform cannot take",
    run: ({ loaded }) => refuseChanges(loaded, readStackState(loaded.name) ?? {}),
  },
  leaveOutUnobtainable,
  upgradePreflightWarnings.own,
  podSecurityWarnings.own,
  {
    name: "run the engine",
    run: engineStep("preview", [
      { name: "start to read the program", run: ({ loaded }) => preloadProgram(loaded.environment) },
      { name: "refuse the same where the state is elsewhere", when: isForeignBackend, run: refuseInForeignState },
      upgradePreflightWarnings.foreign,
      podSecurityWarnings.foreign,
      {
        name: "compare with the program",
        run: async ({ stack, programOptions }) => void (await stack.preview(programOptions)),
      },
    ]),
  },
  { name: "tell the order of changes", run: tellRollout },
];

/** Finds out what `up` would change; changes nothing. Throws UserError. */
export const preview = (loaded: LoadedEnvironment): Promise<Operated> => operate({ loaded }, steps);
