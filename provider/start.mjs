import { load } from "../toolchain/bundle.mjs";

await load("provider/main.ts");
