import { UserError } from "../lib/errors.ts";
import { PartlyCreated } from "./resource.ts";
import type { Properties } from "./values.ts";

/**
 * Puts an error in the form that @pulumi/pulumi/provider sends: only the message reaches the user, and one with `id` makes the
 * engine keep the resource in its state, marked as failed.
 */
export function engineError(error: unknown, partialState?: (outputs: object) => Properties): unknown {
  if (error instanceof PartlyCreated)
    return Object.assign(new Error(error.message), {
      id: error.id,
      properties: partialState?.(error.outputs),
      reasons: [error.message],
    });
  if (!(error instanceof UserError)) return error;
  // Where a read or delete fails, @pulumi/pulumi/provider prints the stack.
  return Object.assign(new Error(messageOf(error)), { stack: "" });
}

/** Gives what an error says, with the next step where it is the user's to mend. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof UserError && error.next ? `${error.message}\n${error.next}` : error.message;
}
