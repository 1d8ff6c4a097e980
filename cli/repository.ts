import { dirname, join } from "node:path";

/** This clone's folder. */
export const repository = dirname(import.meta.dirname);

/** What lets Node.js run TypeScript: for `--import`. */
export const typeScriptLoader = join(repository, "node_modules", "tsx", "dist", "loader.mjs");
