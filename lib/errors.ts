/** A mistake or circumstance the user can mend; printed without a stack. */
export class UserError extends Error {
  /** The step that mends it. */
  readonly next?: string;

  constructor(message: string, next?: string) {
    super(message);
    this.next = next;
  }
}
/** Gives the first line of what an error says. */
export const errorLine = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).split("\n")[0] ?? "";
