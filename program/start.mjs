// Entry of plain `pulumi up`; `./kpaas` runs the program inline.
import { load } from "../toolchain/bundle.mjs";

const { plainProgram } = await load("program/plain.ts");

export default await plainProgram();
