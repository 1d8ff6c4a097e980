import { contractOf } from "./contract.ts";

contractOf("kt", {
  name: "openstack",
  machineType: "compute/instance:Instance",
  recoveryTestedBy: "with a real OpenStack in tests/e2e-openstack/killed.test.ts",
});
