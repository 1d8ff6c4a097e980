import { program } from "./index.ts";

/** Entry of plain `pulumi up`; `./kpaas` runs `program` inline. */
export default await program();
