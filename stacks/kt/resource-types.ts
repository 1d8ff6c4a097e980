import { publicAddress, type ResourceTypes } from "../../config/infrastructure/resource-types.ts";
import { resourceTypes as openstack } from "../openstack/resource-types.ts";

export const resourceTypes: ResourceTypes = {
  ...openstack,
  // A public address is on no machine: each forwarded port is.
  "openstack:networking/portForwardingV2:PortForwardingV2": publicAddress(),
};
