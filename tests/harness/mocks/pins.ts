import { ofType, type Recorded } from "./mocks.ts";

/** Gives the names of all pins. */
export const pins = (recorded: Recorded): string[] =>
  ofType(recorded, "kpaas:index:Pinned")
    .map(({ name }) => name)
    .sort();

/**
 * Gives the names that pins should have: of each machine alone, `what` it is made from, and of a pool's machines, made alike, one for
 * the image of all.
 */
export function wantedPins(recorded: Recorded, machineType: string, what: string[]): string[] {
  const names = ofType(recorded, machineType).map(({ name }) => name);
  const workers = names.filter((name) => name.startsWith("platform-worker-"));
  const alone = names.filter((name) => !workers.includes(name));
  if (workers.length === 0 || alone.length < 5) throw new Error(`no machines of ${machineType}`);
  return ["platform-worker-image", ...alone.flatMap((name) => what.map((each) => `${name}-${each}`))].sort();
}
