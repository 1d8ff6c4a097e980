import type { Properties } from "../../../provider/values.ts";
import type { TypeFacts } from "./cloud.ts";
import type { CloudObject } from "./store.ts";

/** Gives the reason, in the cloud's words, why it refuses an object as it is asked for; nothing where it takes it. */
export function objectionTo(
  object: CloudObject,
  { patterns = {}, refuses }: TypeFacts,
  look: (id: unknown) => Properties,
  objects: () => CloudObject[],
): string | undefined {
  for (const [property, pattern] of Object.entries(patterns)) {
    const text = object.inputs[property];
    if (typeof text === "string" && !pattern.test(text))
      return `Invalid ${property} '${text}' of ${object.name}: must match ${pattern.source}`;
  }
  return refuses?.(object, look, objects);
}
