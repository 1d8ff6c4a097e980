import { note } from "../../lib/terminal.ts";
import { isPlainEngine } from "./shortcuts.ts";

export interface Interrupt {
  /** Signal that is aborted when the engine must be told to stop. */
  readonly signal: AbortSignal;
  readonly requested: boolean;
  /** Notes that the engine has said itself that it is stopping. */
  engineIsStopping(): void;
  dispose(): void;
}

/** The engine reads a second signal as "stop at once", so it is told only when it says nothing for so long. */
const engineAnswersMs = 1500;

/** 128 + SIGINT, as shells have it. */
export const interruptedExitCode = 130;

/**
 * Watches for interrupts. First Ctrl-C (or SIGTERM): the engine ends what it is at and stops. A terminal's Ctrl-C reaches the
 * engine by itself, a signal sent to this process alone does not. Second: everything ends at once.
 */
export function watchInterrupts(command: string): Interrupt {
  const controller = new AbortController();
  let requested = false;
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    if (requested) {
      note(`stopped at once; ${command} goes on from here`);
      process.exit(interruptedExitCode);
    }
    requested = true;
    note(`stopping; ${command} goes on from here (again to stop at once)`);
    // Where the engine's words are not read, what comes from a terminal is taken to have reached it.
    if (isPlainEngine() && signal !== "SIGTERM") return;
    timer = setTimeout(() => controller.abort(), engineAnswersMs);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    get requested() {
      return requested;
    },
    engineIsStopping: () => clearTimeout(timer),
    dispose: () => {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
