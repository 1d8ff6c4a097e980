import { existsSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../lib/errors.ts";
import { program } from "./index.ts";
import { unsavedMarker } from "./unsaved-marker.ts";

/** The program as plain `pulumi` runs it. What the user can mend is told without a call stack. */
export async function plainProgram(): Promise<Record<string, unknown>> {
  try {
    refuseUnsaved(pulumi.getStack());
    return await program();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new pulumi.RunError(error.next ? `${error.message}\nnext: ${error.next}` : error.message);
  }
}

/** What a killed run of many workers made is in no state, and plain `pulumi` would make it again. */
function refuseUnsaved(name: string): void {
  const folder = process.env.KPAAS_ENVIRONMENT_DIR;
  if (folder && existsSync(unsavedMarker(folder)))
    throw new UserError(
      "a run of ./kpaas was cut off before it had saved what it made",
      `./kpaas up ${name}   (it asks the cloud what is there)`,
    );
}
