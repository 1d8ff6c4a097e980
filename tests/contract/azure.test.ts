import { contractOf } from "./contract.ts";

contractOf("azure", { name: "azure-native", machineType: "compute:VirtualMachine" });
