import { join } from "node:path";
import { bundled, kpaas } from "../../toolchain/bundle.mjs";

const program = {
  root: kpaas.root,
  entries: ["tests/harness/simulated-cloud/main.ts", "tests/harness/simulated-machines/main.ts"],
  sources: [...kpaas.sources, "tests"],
};

/** What a test starts in a process of its own, dozens of times in all: a bundle, as kpaas's own programs are. */
export async function bundledProgram(entry: string): Promise<string> {
  return join(await bundled(program), entry.replace(/\.ts$/, ".mjs"));
}
