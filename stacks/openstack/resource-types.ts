import { objectsOf, type Properties, textsOf } from "../../config/infrastructure/properties.ts";
import {
  type Aspects,
  alike,
  because,
  cloudProvider,
  dataDisk,
  firewall,
  flowsBetween,
  machine,
  publicAddress,
  type ResourceTypes,
  reasons,
  type Shortcoming,
  tagNames,
} from "../../config/infrastructure/resource-types.ts";

/** Function that judges the volume type of a disk; gives undefined where the disk is encrypted. */
type VolumeTypeJudge = (volumeType: string | undefined) => string | undefined;

/**
 * Wants a volume type to be named: which are encrypted is for each cloud's administrator to say, so operation has to
 * choose one.
 */
const named: VolumeTypeJudge = (volumeType) =>
  volumeType === undefined ? "the cloud's default type is seldom encrypted" : undefined;

export function volumeEncryption(judge: VolumeTypeJudge = named): Aspects["encryption"] {
  return ({ volumeType }, purpose) => {
    if (purpose !== "operation") return [];
    const message = judge(textsOf(volumeType)[0]);
    return message ? [{ path: "volumeType", value: volumeType, message }] : [];
  };
}

/** Judges boot disks alone: data disks are volumes of their own. */
export const bootDiskEncryption =
  (encryption: Aspects["encryption"]): Aspects["encryption"] =>
  ({ blockDevices }, purpose) =>
    objectsOf(blockDevices).flatMap((device, index) =>
      device.sourceType === "image" ? within(`blockDevices[${index}]`, encryption(device, purpose)) : [],
    );

const within = (outer: string, found: Shortcoming[]): Shortcoming[] =>
  found.map((one) => ({ ...one, path: `${outer}.${one.path}` }));

export const server = (encryption: Aspects["encryption"]) =>
  machine({
    publicAddress: because("a server is reached by its ports, of which public addresses are resources of their own"),
    encryption,
    tags: tagNames("metadata"),
    metadataToken: because("Nova's metadata service gives no credentials"),
  });

function secGroupRule(rule: Properties) {
  if (rule.direction === "egress") return [];
  return flowsBetween("remoteIpPrefix", rule.remoteIpPrefix, rule.portRangeMin, rule.portRangeMax);
}

/** Gives what a listener lets in: Octavia lets everybody in where no range is named. */
const octaviaListener = ({ allowedCidrs = ["0.0.0.0/0"], protocolPort }: Properties) =>
  flowsBetween("allowedCidrs", allowedCidrs, protocolPort, protocolPort);

export const resourceTypes: ResourceTypes = {
  "pulumi:providers:openstack": cloudProvider(because("regions of private clouds have no known place")),
  "openstack:compute/instance:Instance": server(bootDiskEncryption(volumeEncryption())),
  "openstack:blockstorage/volume:Volume": dataDisk(volumeEncryption()),
  "openstack:networking/secGroupRule:SecGroupRule": firewall(secGroupRule),
  "openstack:loadbalancer/listener:Listener": firewall(octaviaListener),
  "openstack:networking/floatingIp:FloatingIp": publicAddress(),
  ...alike(reasons.network, [
    "openstack:networking/network:Network",
    "openstack:networking/port:Port",
    "openstack:networking/router:Router",
    "openstack:networking/routerInterface:RouterInterface",
    "openstack:networking/subnet:Subnet",
  ]),
  ...alike(reasons.group, ["openstack:networking/secGroup:SecGroup"]),
  ...alike(reasons.placement, ["openstack:compute/serverGroup:ServerGroup"]),
  ...alike(reasons.key, ["openstack:compute/keypair:Keypair"]),
  ...alike("its address is a subnet's; a public one is a resource of its own, and its listeners say who may come in", [
    "openstack:loadbalancer/loadBalancer:LoadBalancer",
  ]),
  ...alike(reasons.loadBalancing, [
    "openstack:loadbalancer/member:Member",
    "openstack:loadbalancer/members:Members",
    "openstack:loadbalancer/monitor:Monitor",
    "openstack:loadbalancer/pool:Pool",
  ]),
};
