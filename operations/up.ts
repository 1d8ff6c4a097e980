import { note } from "../lib/terminal.ts";
import { leaveOutUnobtainable } from "./application-sources.ts";
import { refuseLeavingVms } from "./destroy/bosh-deletion.ts";
import {
  checkpointed,
  type EngineRun,
  engineStep,
  type Operated,
  type Operation,
  operate,
} from "./engine/operation.ts";
import { preloadProgram, withProgram } from "./engine/program.ts";
import { isForeignBackend, readStackState } from "./engine/state.ts";
import { type LoadedEnvironment, requireDeployable } from "./environments.ts";
import { allowedLosses, examineForeignState, refuseChanges, requireHostKeys, tellProvider } from "./living-platform.ts";
import { changeManyWorkers } from "./many-workers.ts";
import { podSecurityLook } from "./pod-security.ts";
import { requireReady } from "./readiness.ts";
import type { Step } from "./steps.ts";
import { surge } from "./surge.ts";
import { upgradePreflight } from "./upgrade-preflight/index.ts";

/** Gives the steps that make a platform what its file says. `asking`: what `maintain` asks of the machines besides. */
export const stepsOf = (
  command: "up" | "maintain",
  asking: readonly Step<EngineRun>[] = [],
): readonly Step<Operation>[] => [
  { name: "check that all of the environment can be made", run: ({ loaded }) => requireDeployable(loaded) },
  { name: "look for what would stop it later", run: ({ loaded }) => requireReady(loaded) },
  {
    name: "check that no VM of BOSH is left behind",
    run: ({ loaded: { name, environment } }) => refuseLeavingVms(environment, readStackState(name)),
  },
  {
    name: "refuse what a living platform cannot take",
    run: ({ loaded }) => refuseChanges(loaded, readStackState(loaded.name) ?? {}),
  },
  {
    name: "check the host keys that are vouched for",
    when: ({ acceptedHostKeys = [] }) => acceptedHostKeys.length > 0,
    run: (operation) => {
      const { loaded, acceptedHostKeys = [] } = operation;
      operation.acceptedHostKeys = requireHostKeys(loaded.environment, acceptedHostKeys);
    },
  },
  {
    name: "ask before the only copy of data is lost",
    run: async (operation) => {
      const { loaded } = operation;
      const state = readStackState(loaded.name) ?? {};
      operation.allowedLosses = await allowedLosses(loaded, state, operation.allowedLosses);
    },
  },
  leaveOutUnobtainable,
  upgradePreflight.own,
  podSecurityLook.own,
  { name: "say that it begins", run: ({ loaded }) => note(`bringing ${loaded.name} up`) },
  {
    name: "run the engine",
    run: engineStep(command, [
      { name: "start to read the program", run: ({ loaded }) => preloadProgram(loaded.environment) },
      { name: "refuse and ask where the state is elsewhere", when: isForeignBackend, run: examineForeignState },
      upgradePreflight.foreign,
      podSecurityLook.foreign,
      { name: "tell the provider which machines there were, and what may be lost", run: tellProvider },
      ...asking,
      {
        // The platform's secrets are in the state alone: they are saved as they are made, before many workers are.
        name: "make the platform without its many workers",
        when: ({ workers }) => workers().isBulk && workers().present === 0,
        run: ({ stack, transforms, programOptions }) =>
          withProgram(stack, { withoutWorkers: true, transforms }, () => stack.up(programOptions)),
      },
      changeManyWorkers,
      surge,
      {
        name: "make the whole platform",
        run: (engine) => checkpointed(engine, () => engine.stack.up(engine.programOptions)),
      },
    ]),
  },
];

/**
 * Brings an environment up, or changes it to what its file says now. `losses`: machines whose data may be lost; `hostKeys`:
 * `<machine>=<fingerprint>` of machines that were made anew by hand. Throws UserError.
 */
export const up = (
  loaded: LoadedEnvironment,
  losses: readonly string[] = [],
  hostKeys: readonly string[] = [],
): Promise<Operated> => operate({ loaded, allowedLosses: losses, acceptedHostKeys: hostKeys }, stepsOf("up"));
