import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { loadTransforms, transformedInWords } from "../config/transforms.ts";
import { UserError } from "../lib/errors.ts";
import { repository } from "../lib/repository.ts";
import { deferredCheckpointMarker } from "./deferred-checkpoint.ts";
import { program } from "./index.ts";
import { enforcePolicies } from "./policies.ts";
import { SiteTransforms } from "./transforms.ts";

/** Runs the program for plain `pulumi`. What the user can mend is told without a call stack. */
export async function plainProgram(): Promise<Record<string, unknown>> {
  try {
    refuseMissedCheckpoint(pulumi.getStack());
    const loaded = await loadTransforms(stackFile(pulumi.getStack()));
    const transforms = loaded && new SiteTransforms(loaded);
    const outputs = await program({ transforms, before: enforcePolicies });
    if (transforms) await pulumi.log.info(`changed by transform: ${transformedInWords(transforms.changed)}`);
    return outputs;
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

/**
 * Gives the environment's file, which Pulumi.yaml has pulumi look for in `stacks`. One that --config-file names is not known
 * here.
 */
const stackFile = (name: string): string =>
  resolve(process.env.KPAAS_STACKS_DIR || join(repository, "stacks"), `Pulumi.${name}.yaml`);
