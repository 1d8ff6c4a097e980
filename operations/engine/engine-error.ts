import { UserError } from "../../lib/errors.ts";

/** What the Automation API throws where the engine itself ended with an error. */
export const isEngineError = (error: unknown): error is Error =>
  error instanceof Error && /^(CommandError|ConcurrentUpdateError|StackNotFoundError)$/.test(error.name);

/** What the CLI wrote to standard error, out of the Automation API's report of everything. */
export function engineMessage(error: Error): string {
  const stderr = error.message.split(/\n\s*stderr: /)[1]?.split(/\n\s*err\?: /)[0];
  return withoutPasswords(stderr?.trim() || error.message).replace(/^error: /, "");
}

/** Of an engine's error before anything was begun: the backend, or the passphrase. */
export const unusableState = (environment: string, error: Error): UserError =>
  new UserError(
    `the state of ${environment} cannot be used: ${engineMessage(error)}`,
    "see that PULUMI_BACKEND_URL, its credentials and the passphrase are right, then run the same command again",
  );

/** A backend's URL may hold one. */
const withoutPasswords = (text: string): string => text.replace(/(:\/\/[^\s/:@]+):[^\s/]+@/g, "$1:****@");
