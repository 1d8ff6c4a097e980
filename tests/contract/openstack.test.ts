import { contractOf } from "./contract.ts";

contractOf("openstack", {
  name: "openstack",
  machineType: "compute/instance:Instance",
  recoveryTestedBy: "with a real cloud in tests/e2e-openstack/killed.test.ts",
});
