import { join } from "node:path";
import { bundled, kpaas } from "../../toolchain/bundle.mjs";

const program = {
  root: kpaas.root,
  entries: ["tests/harness/simulated-cloud/main.ts", "tests/harness/simulated-machines/main.ts"],
  sources: [...kpaas.sources, "tests"],
};

/** Gives a program's bundle, as kpaas's own programs are: tests start it dozens of times in processes of their own. */
export async function bundledProgram(entry: string): Promise<string> {
  return join(await bundled(program), entry.replace(/\.ts$/, ".mjs"));
}
