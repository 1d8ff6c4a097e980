/** A mistake or circumstance the user can mend; printed without a stack. */
export class UserError extends Error {
  /** What to do about it. */
  readonly next?: string;

  constructor(message: string, next?: string) {
    super(message);
    this.next = next;
  }
}
/** The first line of what an error says. */
export const errorLine = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).split("\n")[0] ?? "";
