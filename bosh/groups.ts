import type { GroupName } from "../config/application-platform/group.ts";
import { groupNames, instanceGroups } from "../config/application-platform/instance-groups.ts";
import { planInstanceGroups } from "../config/application-platform/plan.ts";
import type { VmTypeName } from "../config/application-platform/vm-types.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { azName } from "./cpi-helpers.ts";

/** An instance group as the manifest is to have it, errands too. */
export interface ManifestGroup {
  name: GroupName;
  instances: number;
  vmType: VmTypeName;
  azs: string[];
  vmExtensions: string[];
  persistentDiskType?: string;
}

/** Upstream's vm_extensions that attach groups to the load balancer. */
const loadBalancerExtensions: Partial<Record<GroupName, string>> = {
  router: "cf-router-network-properties",
  "tcp-router": "cf-tcp-router-network-properties",
  scheduler: "diego-ssh-proxy-network-properties",
};

/** Gives the groups behind the load balancer, with the vm_extension that attaches them. None where haproxy stands before them. */
export function loadBalancedGroups({ applicationPlatform }: BoshEnvironment): [GroupName, extension: string][] {
  if (applicationPlatform.gateway !== "load-balancer") return [];
  return Object.entries(loadBalancerExtensions) as [GroupName, string][];
}

/** Names the vm_extension that opens a group's ports. */
export const firewallExtension = (group: GroupName): string => `${group}-firewall`;

/** Gives upstream's name of a persistent disk: `10GB`. */
export const persistentDiskType = (gibibytes: number): string => `${gibibytes}GB`;

/** Gives upstream's vm_extension of a larger ephemeral disk: `100GB_ephemeral_disk`. */
export const ephemeralDiskExtension = (gibibytes: number): string => `${gibibytes}GB_ephemeral_disk`;

export function groupsInManifest(environment: BoshEnvironment): ManifestGroup[] {
  const { size } = environment.applicationPlatform;
  const lasting = planInstanceGroups(environment).map(({ name, vmType, vms }) => ({
    name,
    vmType,
    instances: vms.length,
    azs: [...new Set(vms.map(({ zone }) => azName(zone)))],
  }));
  const errands = groupNames
    .filter((name) => instanceGroups[name].isErrand)
    .map((name) => ({ name, vmType: instanceGroups[name].vmType[size], instances: 1, azs: [azName(0)] }));
  const balanced = new Map(loadBalancedGroups(environment));
  return [...lasting, ...errands].map((group) => {
    const { ephemeralDiskGiB, persistentDiskGiB } = instanceGroups[group.name];
    const extensions = [
      ephemeralDiskGiB && ephemeralDiskExtension(ephemeralDiskGiB),
      balanced.get(group.name),
      firewallExtension(group.name),
    ];
    return {
      ...group,
      vmExtensions: extensions.filter((extension) => extension !== undefined) as string[],
      ...(persistentDiskGiB ? { persistentDiskType: persistentDiskType(persistentDiskGiB) } : {}),
    };
  });
}
