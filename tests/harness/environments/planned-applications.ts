import "../../../stacks/infrastructures.ts";
import { parseEnvironment } from "../../../config/parse.ts";
import { planOf } from "../../../plan/plan.ts";
import type { RawEnvironment } from "./example-environment.ts";

export type RawPlatform = NonNullable<RawEnvironment["applicationPlatform"]>;

/** Gives an environment on OpenStack with three zones, and one machine type for each size that is asked for. */
export function environment(platform?: Partial<RawPlatform>, zones = 3, dnsServers = ["192.0.2.53"]) {
  return parseEnvironment("test", {
    purpose: "operation",
    infrastructure: {
      kind: "openstack",
      availabilityZones: ["a", "b", "c"],
      dnsServers,
      machineTypes: [
        { name: "s", vcpus: 2, memoryGiB: 8 },
        { name: "m", vcpus: 4, memoryGiB: 16 },
      ],
    },
    network: { cidr: "10.180.0.0/22", zones, adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: { masters: { count: 3 }, haproxy: { count: 2 }, workerPools: [{ name: "worker", count: 2 }] },
    ...(platform ? { applicationPlatform: { systemDomain: "cf.example.com", ...platform } } : {}),
  });
}

export const without = planOf(environment());

export function applications(platform: Partial<RawPlatform> = {}) {
  const { applicationPlatform } = planOf(environment(platform));
  if (!applicationPlatform) throw new Error("no application platform");
  return applicationPlatform;
}
