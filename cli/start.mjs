import { load } from "../toolchain/bundle.mjs";

// A bug is reported by the lines of its sources.
process.setSourceMapsEnabled(true);
await load("cli/main.ts");
