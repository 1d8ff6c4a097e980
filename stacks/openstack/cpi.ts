import { variable } from "../../bosh/cpi-helpers.ts";
import { gatewayListeners } from "../../config/application-platform/gateway.ts";
import type { GroupName } from "../../config/application-platform/group.ts";
import { firewallGroupName, namePrefix } from "../../config/application-platform/names.ts";
import type { BoshEnvironment, CloudProperties, Cpi, VmDisks } from "../../config/infrastructure/cpi.ts";

/**
 * Describes the CPI with its properties: https://bosh.io/docs/openstack-cpi/ and
 * `src/openstack_cpi_golang/cpi/properties` of bosh-openstack-cpi-release. VMs boot from a volume, as machine types
 * here promise no disk. The CPI names no volume type for it: the cloud's default is taken.
 */
export function cpi(environment: BoshEnvironment): Cpi {
  const { diskType } = environment.infrastructure;
  const disks = ({ rootGiB, ephemeralGiB }: VmDisks): CloudProperties => ({
    boot_from_volume: true,
    root_disk: { size: rootGiB + ephemeralGiB },
  });
  return {
    name: "openstack",
    opsFiles: [],
    dns: variable("dns_servers"),
    hasPublicAddresses: true,
    facts: [
      { name: "auth_url", holds: "address of Keystone, version 3", isAskedUpstream: true },
      { name: "openstack_domain", holds: "domain of user and project", isAskedUpstream: true },
      { name: "openstack_project", holds: "project", isAskedUpstream: true },
      { name: "openstack_username", holds: "user", isAskedUpstream: true },
      { name: "region", holds: "region", isAskedUpstream: true },
      { name: "default_key_name", holds: "key pair of the VMs", isAskedUpstream: true },
      { name: "dns_servers", holds: "list of the subnets' name servers" },
      { name: "net_id", holds: "network that has a subnet for each zone" },
    ],
    credentials: ["openstack_password"],
    directorVariables: { default_security_groups: [firewallGroupName(environment, "vms")] },
    directorVm: {},
    directorOperations: [],
    az: (zone) => (zone === undefined ? {} : { availability_zone: zone }),
    subnet: () => ({ net_id: variable("net_id"), security_groups: [firewallGroupName(environment, "vms")] }),
    firewall: (groups) => ({ security_groups: groups }),
    vm: (instance_type, sizes) => ({ instance_type, ...disks(sizes) }),
    disks,
    persistentDisk: diskType ? { type: diskType } : {},
    loadBalancer: (group) => ({ loadbalancer_pools: pools(environment, group) }),
  };
}

/** Gives a group's pools, one for each port of the gateway and named after it: the CPI finds pools by their names. */
function pools(environment: BoshEnvironment, group: GroupName) {
  return gatewayListeners
    .filter((listener) => listener.group === group)
    .map(({ port, vmPort, healthPort }) => ({
      name: `${namePrefix(environment)}-${port}`,
      port: vmPort,
      ...(healthPort === vmPort ? {} : { monitoring_port: healthPort }),
    }));
}
