import { azName, factsByZone, mebibytes, variable } from "../../bosh/cpi-helpers.ts";
import { firewallGroupName } from "../../config/application-platform/names.ts";
import type { BoshEnvironment, CloudProperties, Cpi, VmDisks } from "../../config/infrastructure/cpi.ts";

/** The CPI's own lower limit of a VM's ephemeral disk. */
const leastEphemeralGiB = 30;

/**
 * Describes the CPI with its properties: https://bosh.io/docs/azure-cpi/. The director has a managed identity, so that
 * no client secret is kept anywhere.
 */
export function cpi(environment: BoshEnvironment): Cpi {
  const { diskType } = environment.infrastructure;
  const vms = firewallGroupName(environment, "vms");
  const disks = ({ ephemeralGiB }: VmDisks): CloudProperties => ({
    ephemeral_disk: { use_root_disk: false, size: mebibytes(Math.max(ephemeralGiB, leastEphemeralGiB)) },
  });
  return {
    name: "azure",
    opsFiles: ["azure/use-managed-disks.yml", "azure/use-managed-identity.yml"],
    cfOpsFiles: ["azure"],
    // https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    dns: ["168.63.129.16"],
    hasPublicAddresses: true,
    facts: [
      { name: "subscription_id", holds: "subscription", isAskedUpstream: true },
      { name: "resource_group_name", holds: "resource group", isAskedUpstream: true },
      { name: "azure-managed-identity", holds: "name of the director's user-assigned identity", isAskedUpstream: true },
      { name: "network_resource_group_name", holds: "resource group of the virtual network" },
      { name: "vnet_name", holds: "virtual network" },
      ...factsByZone(environment, "subnet_name", "subnet"),
    ],
    credentials: [],
    directorVariables: { default_security_group: vms },
    directorVm: {},
    directorOperations: [],
    az: (zone) => ({ availability_zone: zone }),
    subnet: (zone) => ({
      resource_group_name: variable("network_resource_group_name"),
      virtual_network_name: variable("vnet_name"),
      subnet_name: variable(`subnet_name_${azName(zone)}`),
      security_group: vms,
      application_security_groups: [vms],
    }),
    // The rules are those of the VM's own group, the last one.
    firewall: (groups) => ({ security_group: groups.at(-1), application_security_groups: groups }),
    vm: (instance_type, sizes) => ({ instance_type, ...disks(sizes) }),
    disks,
    persistentDisk: { storage_account_type: diskType },
  };
}
