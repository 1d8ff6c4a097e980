import { contractOf } from "./contract.ts";

contractOf("openstack", {
  name: "openstack",
  machineType: "compute/instance:Instance",
});
