import { contractOf } from "./contract.ts";

contractOf("alibaba", { name: "alicloud", machineType: "ecs/instance:Instance" });
