import { contractOf } from "./contract.ts";

contractOf("nhn", {
  name: "openstack",
  machineType: "compute/instance:Instance",
});
