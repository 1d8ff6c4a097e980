import { absent } from "../../config/infrastructure/absent.ts";
import { type BilledParts, nothingBilled } from "../../config/infrastructure/billed-parts.ts";
import type { Capabilities } from "../../config/infrastructure/capabilities.ts";
import type { Credentials } from "../../config/infrastructure/credentials.ts";
import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import type { MetadataService } from "../../config/infrastructure/metadata.ts";
import type { UsualQuotas } from "../../config/infrastructure/quotas.ts";
import { cpi } from "./cpi.ts";
import { resourceTypes } from "./resource-types.ts";
import { type Settings, settings } from "./settings.ts";

const capabilities: Capabilities = {
  virtualAddress: true,
  loadBalancer: true,
  bastion: true,
  applicationGateways: ["haproxy", "load-balancer"],
  // https://www.pulumi.com/registry/packages/openstack/api-docs/compute/instance (blockDevices), blockstorage/volume (volumeType)
  bootDisk: { size: "replaced", type: "replaced" },
  fixedDataDiskType: true,
};

const billed: BilledParts = { ...nothingBilled, loadBalancers: 1, loadBalancerAddresses: "one" };

/** Usual quotas: the defaults of Nova, Cinder and Neutron. */
const usualQuotas: UsualQuotas = {
  sources: [
    "Nova: quota.instances, cores, ram",
    "Cinder: quota_volumes, quota_gigabytes",
    "Neutron: quota_port, quota_floatingip, quota_security_group, quota_security_group_rule",
  ],
  limits: {
    machines: { name: "instances", limit: 10 },
    vcpus: { name: "cores", limit: 20 },
    memoryGiB: { name: "GiB of memory", limit: 50 },
    volumes: { name: "volumes", limit: 10 },
    volumesGiB: { name: "GiB of volumes", limit: 1000 },
    networkPorts: { name: "ports", limit: 500 },
    publicAddresses: { name: "floating addresses", limit: 50 },
    securityGroups: { name: "security groups", limit: 10 },
    securityGroupRules: { name: "security group rules", limit: 100 },
  },
  // They let everything out.
  rulesInEachSecurityGroup: 2,
};

// https://docs.openstack.org/nova/latest/user/metadata.html
const metadata: MetadataService = { addresses: ["169.254.169.254"] };

// https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html
const credentials: Credentials = {
  variables: [["OS_AUTH_URL"], ["OS_CLIENT_CONFIG_FILE"]],
  files: ["clouds.yaml", "~/.config/openstack/clouds.yaml", "/etc/openstack/clouds.yaml"],
  remedy: "put clouds.yaml into ~/.config/openstack, or source the project's openrc file (OS_AUTH_URL and others)",
};

export const facts: InfrastructureFacts = {
  settings,
  resourceTypes,
  capabilities,
  billed,
  credentials,
  usualQuotas,
  remainingQuotas: async (infrastructure) =>
    (await import("./remaining-quotas.ts")).remainingQuotas(infrastructure as Settings),
  prices: absent("a cloud's own operators know them"),
  cpi,
  metadata,
  koreanRegions: absent("operators name their regions as they like"),
};
