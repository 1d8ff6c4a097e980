import { contractOf } from "./contract.ts";

contractOf("kt", {
  name: "openstack",
  machineType: "compute/instance:Instance",
});
