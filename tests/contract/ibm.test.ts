import { join } from "node:path";
import { contractOf } from "./contract.ts";

contractOf("ibm", {
  name: "ibm",
  plugin: "terraform-provider",
  declarations: join(import.meta.dirname, "../../stacks/ibm/sdk.ts"),
  machineType: "isInstance:IsInstance",
});
