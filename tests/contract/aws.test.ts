import { contractOf } from "./contract.ts";

contractOf("aws", { name: "aws", machineType: "ec2/instance:Instance" });
