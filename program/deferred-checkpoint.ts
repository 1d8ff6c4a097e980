import { join } from "node:path";

/** Gives the path of a file that is in the environment's folder while an operation runs whose state is saved at its end only. */
export const deferredCheckpointMarker = (environmentFolder: string): string => join(environmentFolder, "unsaved");
