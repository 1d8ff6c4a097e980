import { azName, factsByZone, variable } from "../../bosh/cpi-helpers.ts";
import { firewallGroupName } from "../../config/application-platform/names.ts";
import type { BoshEnvironment, CloudProperties, Cpi, VmDisks } from "../../config/infrastructure/cpi.ts";
import { networkTag } from "./network-tag.ts";

/**
 * Describes the CPI with its properties: https://bosh.io/docs/google-cpi/. The director has a service account, so that
 * no key is kept anywhere.
 */
export function cpi(environment: BoshEnvironment): Cpi {
  const { diskType } = environment.infrastructure;
  const disks = ({ rootGiB, ephemeralGiB }: VmDisks): CloudProperties => ({
    root_disk_size_gb: rootGiB + ephemeralGiB,
    root_disk_type: diskType,
  });
  return {
    name: "gcp",
    opsFiles: ["gcp/service-account.yml"],
    // https://cloud.google.com/compute/docs/internal-dns
    dns: ["169.254.169.254"],
    hasPublicAddresses: true,
    facts: [
      { name: "project_id", holds: "project", isAskedUpstream: true },
      { name: "service_account", holds: "address of the director's service account" },
      { name: "network", holds: "network" },
      ...factsByZone(environment, "subnetwork", "subnetwork"),
    ],
    credentials: [],
    directorVariables: {},
    directorVm: { service_account: variable("service_account") },
    directorOperations: [],
    az: (zone) => ({ zone }),
    subnet: (zone) => ({
      network_name: variable("network"),
      subnetwork_name: variable(`subnetwork_${azName(zone)}`),
      ephemeral_external_ip: false,
      tags: [networkTag(firewallGroupName(environment, "vms"))],
    }),
    firewall: (groups) => ({ tags: groups.map(networkTag) }),
    vm: (machine_type, sizes) => ({ machine_type, ...disks(sizes) }),
    disks,
    persistentDisk: { type: diskType },
  };
}
