import { join } from "node:path";
import { contractOf } from "./contract.ts";

contractOf("naver", {
  name: "ncloud",
  plugin: "terraform-provider",
  declarations: join(import.meta.dirname, "../../stacks/naver/sdk.ts"),
  machineType: "server:Server",
  // A server takes its user-data from a resource of its own.
  resourcesPerWorker: 3,
});
