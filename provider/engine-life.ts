import { fstatSync } from "node:fs";

/**
 * Ends this process, and the programs it runs, when the engine is gone. A killed engine cannot end its plugins, and one that
 * works on would be in the way of the next `up`. The engine holds the other end of standard input, which the system closes.
 */
export function endWithEngine(): void {
  const input = fstatSync(0);
  // A provider started by hand, to be attached to by PULUMI_DEBUG_PROVIDERS, has a terminal or nothing there.
  if (!input.isFIFO() && !input.isSocket()) return;
  process.stdin.on("end", endProcessGroup).on("error", endProcessGroup).resume();
}

/** Ends this process's group, which is its own: the engine gives one to each plugin. */
function endProcessGroup(): void {
  try {
    process.kill(-process.pid, "SIGTERM");
  } catch {
    process.exit(1);
  }
}
