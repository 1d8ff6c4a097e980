import { z } from "zod";
import { networkGateway } from "./addresses.ts";
import type { Environment } from "./environment.ts";
import { UserError } from "./errors.ts";

const size = (vcpus: number, memoryGiB: number, diskGiB: number) =>
  z
    .strictObject({
      vcpus: z.int().min(1).default(vcpus),
      memoryGiB: z.number().min(1).default(memoryGiB),
      diskGiB: z.int().min(10).default(diskGiB),
    })
    .prefault({});

const schema = z.strictObject({
  infrastructure: z.strictObject({ kind: z.literal("local") }),
  network: z
    .strictObject({
      cidr: z.cidrv4().default("10.180.0.0/24"),
      podCidr: z.cidrv4().default("10.233.64.0/18"),
      serviceCidr: z.cidrv4().default("10.233.0.0/18"),
      zones: z.int().min(1).max(3).default(1),
      adminCidrs: z.array(z.cidrv4()).optional(),
      domain: z.string().optional(),
    })
    .prefault({}),
  containerPlatform: z
    .strictObject({
      kubernetesVersion: z.string().default("1.36.3"),
      podNetwork: z.enum(["flannel", "calico"]).default("flannel"),
      masters: z.strictObject({ count: z.int().min(1).default(1), size: size(4, 16, 80) }).prefault({}),
      workerPools: z
        .array(
          z.strictObject({
            name: z.string(),
            count: z.int().min(0).default(1),
            size: size(4, 16, 80),
            labels: z.record(z.string(), z.string()).default({}),
            taints: z
              .array(
                z.strictObject({
                  key: z.string(),
                  value: z.string().optional(),
                  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
                }),
              )
              .default([]),
          }),
        )
        .prefault([{ name: "worker" }]),
      haproxy: z.strictObject({ count: z.int().min(1).max(2).default(1), size: size(2, 4, 20) }).prefault({}),
      registry: z
        .strictObject({ size: size(2, 4, 20), dataDiskGiB: z.int().default(100), mirrorUpstream: z.boolean().default(true) })
        .prefault({}),
      database: z
        .strictObject({
          size: size(2, 4, 20),
          dataDiskGiB: z.int().default(50),
          consumers: z.array(z.string()).default(["portal"]),
        })
        .prefault({}),
      storage: z
        .strictObject({
          kind: z.literal("nfs").default("nfs"),
          size: size(2, 4, 20),
          dataDiskGiB: z.int().default(200),
          className: z.string().default("cp-storageclass"),
        })
        .prefault({}),
    })
    .prefault({}),
  timeouts: z
    .strictObject({ firstBootSeconds: z.int().default(900), nodeReadySeconds: z.int().default(900) })
    .prefault({}),
});

export function parseEnvironment(name: string, raw: unknown): Environment {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new UserError(z.prettifyError(parsed.error));
  const { network, ...rest } = parsed.data;
  const gateway = networkGateway({ network: { ...network, adminCidrs: [], domain: "" } });
  return {
    name,
    ...rest,
    network: {
      ...network,
      adminCidrs: network.adminCidrs ?? [`${gateway}/32`],
      domain: network.domain ?? `${name}.kpaas.internal`,
    },
  };
}
