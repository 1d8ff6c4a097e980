import { azName, everywhere, factsByZone, mebibytes, variable } from "../../bosh/cpi-helpers.ts";
import { groupsInManifest } from "../../bosh/groups.ts";
import { type FirewallGroup, firewallGroupName } from "../../config/application-platform/names.ts";
import type { BoshEnvironment, CloudProperties, Cpi, VmDisks } from "../../config/infrastructure/cpi.ts";

/** Size of the smallest cloud disk. */
const leastDiskGiB = 20;

/**
 * Describes the CPI with its properties: https://bosh.io/docs/alicloud-cpi/. Of disks' categories that page names
 * cloud_efficiency and cloud_ssd; cloud_essd came with pull request 202 of bosh-alicloud-cpi-release in 2026. Security
 * groups have no names here that the CPI would know.
 */
export function cpi(environment: BoshEnvironment): Cpi {
  const { region, diskType, availabilityZones = [] } = environment.infrastructure;
  const firewallGroups: FirewallGroup[] = ["vms", "director", ...groupsInManifest(environment).map(({ name }) => name)];
  const id = (name: string) => variable(`security_group_${name}`);
  const disks = ({ rootGiB, ephemeralGiB }: VmDisks): CloudProperties => ({
    system_disk: { size: mebibytes(Math.max(rootGiB, leastDiskGiB)), category: diskType },
    ephemeral_disk: { size: mebibytes(Math.max(ephemeralGiB, leastDiskGiB)), category: diskType, encrypted: true },
  });
  return {
    name: "alicloud",
    opsFiles: [],
    // https://www.alibabacloud.com/help/en/ecs/user-guide/configure-dns-resolution
    dns: ["100.100.2.136", "100.100.2.138"],
    hasPublicAddresses: true,
    facts: [
      { name: "key_pair_name", holds: "key pair of the VMs" },
      ...factsByZone(environment, "vswitch_id", "vSwitch"),
      ...firewallGroups
        .map((group) => firewallGroupName(environment, group))
        .map((name) => ({ name: `security_group_${name}`, holds: `id of the security group ${name}` })),
      ...(environment.applicationPlatform.gateway === "load-balancer"
        ? ["router", "tcp-router", "scheduler"].map((group) => ({
            name: `slbs_${group}`,
            holds: `list of ids of the load balancers that ${group} serves`,
          }))
        : []),
    ],
    credentials: ["access_key_id", "access_key_secret"],
    directorVariables: { region, zone: availabilityZones[0] },
    directorVm: { key_pair_name: variable("key_pair_name") },
    directorOperations: everywhere("alicloud", "encrypted", true),
    az: (zone) => ({ availability_zone: zone }),
    subnet: (zone) => ({
      vswitch_id: variable(`vswitch_id_${azName(zone)}`),
      security_group_ids: [id(firewallGroupName(environment, "vms"))],
    }),
    firewall: (groups) => ({ security_group_ids: groups.map(id) }),
    vm: (instance_type, sizes) => ({ instance_type, key_pair_name: variable("key_pair_name"), ...disks(sizes) }),
    disks,
    persistentDisk: { category: diskType, encrypted: true },
    loadBalancer: (group) => ({ slbs: variable(`slbs_${group}`) }),
  };
}
