import { join } from "node:path";
import { contractOf } from "./contract.ts";

contractOf("tencent", {
  name: "tencentcloud",
  plugin: "terraform-provider",
  declarations: join(import.meta.dirname, "../../stacks/tencent/sdk.ts"),
  machineType: "instance:Instance",
});
