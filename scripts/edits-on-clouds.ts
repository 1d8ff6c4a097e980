import { readFileSync } from "node:fs";
import { parse } from "yaml";
import "../stacks/infrastructures.ts";
import { infrastructureKinds } from "../config/infrastructure/catalog.ts";
import { outcomeOf } from "../plan/edit-outcome.ts";
import { edited, editedPlatform, usualEdits } from "../plan/usual-edits.ts";
import type { EditOn } from "../report/changes-page.ts";

/** Gives what each usual edit does on each cloud, from the cloud's example of operation. */
export function editsOnClouds(): EditOn[] {
  return infrastructureKinds()
    .filter((kind) => kind !== "local")
    .flatMap((kind) => {
      const settings = edited(exampleOf(kind), editedPlatform);
      return usualEdits.flatMap((edit) => {
        const outcome = outcomeOf("platform", settings, edit);
        return outcome ? [{ kind, edit, outcome }] : [];
      });
    });
}

function exampleOf(kind: string) {
  const file = new URL(`../stacks/Pulumi.${kind}-operation.yaml`, import.meta.url);
  return parse(readFileSync(file, "utf8")).config["kpaas:environment"];
}
