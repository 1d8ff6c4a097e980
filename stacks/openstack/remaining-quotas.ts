import { z } from "zod";
import type { RemainingQuotas } from "../../config/infrastructure/quotas.ts";
import { logIn, type Project } from "./keystone.ts";
import type { Settings } from "./settings.ts";

/** A limit that OpenStack does not set is negative. */
const number = z.number();
// https://docs.openstack.org/api-ref/compute/#limits-limits
const compute = z.object({
  limits: z.object({
    absolute: z.object({
      maxTotalInstances: number,
      totalInstancesUsed: number,
      maxTotalCores: number,
      totalCoresUsed: number,
      maxTotalRAMSize: number,
      totalRAMUsed: number,
    }),
  }),
});
// https://docs.openstack.org/api-ref/block-storage/v3/#limits-limits
const volumes = z.object({
  limits: z.object({
    absolute: z.object({
      maxTotalVolumes: number,
      totalVolumesUsed: number,
      maxTotalVolumeGigabytes: number,
      totalGigabytesUsed: number,
    }),
  }),
});
// https://docs.openstack.org/api-ref/network/v2/#quotas-details-extension-quota-details
const used = z.object({ limit: number, used: number, reserved: number });
const network = z.object({
  quota: z.object({ port: used, floatingip: used, security_group: used, security_group_rule: used }),
});

/** Asks Nova, Cinder and Neutron what the project may still make. */
export async function remainingQuotas(settings: Settings): Promise<RemainingQuotas | undefined> {
  const project = await logIn(settings);
  if (!project) return undefined;
  const [ofNova, ofCinder, ofNeutron] = await Promise.all([machines(project), disks(project), addresses(project)]);
  return { ...ofNova, ...ofCinder, ...ofNeutron };
}

async function machines(project: Project): Promise<RemainingQuotas> {
  const { absolute } = compute.parse(await project.get(["compute"], "/limits")).limits;
  return limited({
    machines: [absolute.maxTotalInstances, absolute.totalInstancesUsed],
    vcpus: [absolute.maxTotalCores, absolute.totalCoresUsed],
    memoryGiB: [absolute.maxTotalRAMSize / 1024, absolute.totalRAMUsed / 1024],
  });
}

async function disks(project: Project): Promise<RemainingQuotas> {
  const services = ["block-storage", "volumev3", "block-store", "volume"];
  const { absolute } = volumes.parse(await project.get(services, "/limits")).limits;
  return limited({
    volumes: [absolute.maxTotalVolumes, absolute.totalVolumesUsed],
    volumesGiB: [absolute.maxTotalVolumeGigabytes, absolute.totalGigabytesUsed],
  });
}

async function addresses(project: Project): Promise<RemainingQuotas> {
  const { quota } = network.parse(await project.get(["network"], `/v2.0/quotas/${project.id}/details`));
  const both = (one: z.output<typeof used>): [number, number] => [one.limit, one.used + one.reserved];
  return limited({
    networkPorts: both(quota.port),
    publicAddresses: both(quota.floatingip),
    securityGroups: both(quota.security_group),
    securityGroupRules: both(quota.security_group_rule),
  });
}

function limited(pairs: { [thing in keyof RemainingQuotas]: [limit: number, used: number] }): RemainingQuotas {
  const entries = Object.entries(pairs).filter(([, [limit]]) => limit >= 0);
  return Object.fromEntries(entries.map(([thing, [limit, used]]) => [thing, Math.max(0, Math.floor(limit - used))]));
}
