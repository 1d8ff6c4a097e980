import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../lib/errors.ts";
import { deferredCheckpointMarker } from "./deferred-checkpoint.ts";
import { program } from "./index.ts";

/** The program as plain `pulumi` runs it. What the user can mend is told without a call stack. */
export async function plainProgram(): Promise<Record<string, unknown>> {
  try {
    refuseMissedCheckpoint(pulumi.getStack());
    return await program();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new pulumi.RunError(error.next ? `${error.message}\nnext: ${error.next}` : error.message);
  }
}

/** Refuses where a run of many workers was killed: what it made is in no state, and plain `pulumi` would make it again. */
function refuseMissedCheckpoint(name: string): void {
  const folder = process.env.KPAAS_ENVIRONMENT_DIR;
  if (folder && existsSync(deferredCheckpointMarker(folder)))
    throw new UserError(
      "a run of ./kpaas was cut off before it had saved what it made",
      `./kpaas up ${name}   (it asks the cloud what is there)`,
    );
}
