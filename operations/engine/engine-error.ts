import { UserError } from "../../lib/errors.ts";
import { engineWords } from "./shortcuts.ts";

/** Tells whether the Automation API threw the error because the engine itself ended with one. */
export const isEngineError = (error: unknown): error is Error =>
  error instanceof Error && /^(CommandError|ConcurrentUpdateError|StackNotFoundError)$/.test(error.name);

/** Gives the engine's own words for its failure. */
export const engineMessage = (error: Error): string => withoutPasswords(engineWords.standardError(error.message));

/** Gives the UserError for an error of the engine before anything was begun: the fault is the backend's, or the passphrase's. */
export const unusableState = (environment: string, error: Error): UserError =>
  new UserError(
    `the state of ${environment} cannot be used: ${engineMessage(error)}`,
    "see that PULUMI_BACKEND_URL, its credentials and the passphrase are right, then run the same command again",
  );

/** Hides passwords, which a backend's URL may hold. */
const withoutPasswords = (text: string): string => text.replace(/(:\/\/[^\s/:@]+):[^\s/]+@/g, "$1:****@");
