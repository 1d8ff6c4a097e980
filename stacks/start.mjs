// Entry of plain `pulumi up`; `./kpaas` runs the program inline.
import { load } from "../toolchain/bundle.mjs";

const { program } = await load("stacks/index.ts");

export default await program();
