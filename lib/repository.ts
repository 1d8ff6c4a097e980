import { dirname } from "node:path";

/** This clone's folder. */
export const repository = dirname(import.meta.dirname);
