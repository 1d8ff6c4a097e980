import { contractOf } from "./contract.ts";

contractOf("gcp", { name: "gcp", machineType: "compute/instance:Instance" });
