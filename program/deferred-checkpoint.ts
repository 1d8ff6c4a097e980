import { join } from "node:path";

/** A file in the environment's folder while an operation runs of which the state is saved at the end only. */
export const unsavedMarker = (environmentFolder: string): string => join(environmentFolder, "unsaved");
