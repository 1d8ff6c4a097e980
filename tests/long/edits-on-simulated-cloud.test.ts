import { editsOf } from "../contract/edits.ts";

editsOf("openstack", {
  name: "openstack",
  machineType: "compute/instance:Instance",
  newerImage: "00000000-0000-4000-8000-000000000009",
});
