import {
  alike,
  cloudProvider,
  dataDisk,
  type ResourceTypes,
  textAt,
} from "../../config/infrastructure/resource-types.ts";
import {
  bootDiskEncryption,
  resourceTypes as openstack,
  server,
  volumeEncryption,
} from "../openstack/resource-types.ts";

/**
 * Encryption by the volume type's name: `Encrypted SSD`, `Encrypted HDD`.
 * https://docs.nhncloud.com/en/Storage/Block%20Storage/en/console-guide/
 */
const encryption = volumeEncryption((volumeType) =>
  volumeType?.startsWith("Encrypted ") ? undefined : "only the types Encrypted SSD and Encrypted HDD are encrypted",
);

export const resourceTypes: ResourceTypes = {
  ...openstack,
  "pulumi:providers:openstack": cloudProvider(textAt("region")),
  "openstack:compute/instance:Instance": server(bootDiskEncryption(encryption)),
  "openstack:blockstorage/volume:Volume": dataDisk(encryption),
  ...alike("Neutron's load balancers take no list of ranges: their security group says who may come in", [
    "openstack:loadbalancer/listener:Listener",
  ]),
};
