import type { GroupName } from "../../../config/application-platform/group.ts";
import type { InstanceGroupPlan } from "../../../config/application-platform/plan.ts";
import type { ApplicationInflow } from "../../../policies/facts.ts";
import type { Mutation } from "./mutation.ts";

const group =
  (name: GroupName, change: (group: InstanceGroupPlan) => void): Mutation =>
  ({ applicationPlatform }) => {
    const found = applicationPlatform?.groups.find((one) => one.name === name);
    if (found) change(found);
  };

const opened =
  (name: ApplicationInflow["group"], port: number, source: string): Mutation =>
  ({ applicationPlatform }) => {
    applicationPlatform?.inflows.push({ group: name, protocol: "tcp", fromPort: port, toPort: port, source });
  };

const size = { vcpus: 4, memoryGiB: 16, diskGiB: 105 };

/** One or more ways to break each rule on the application platform, in an environment that is sound. */
export const applicationMutations: Record<string, Mutation[]> = {
  "application-platform-survives-a-machine": [
    group("router", (one) => {
      one.vms.length = 1;
    }),
    group("database", (one) => {
      one.vms.length = 1;
    }),
  ],
  "application-gateway-survives-a-machine": [
    ({ environment: { applicationPlatform } }) => {
      if (applicationPlatform) applicationPlatform.gateway = "haproxy";
    },
  ],
  "application-blobs-survive-a-machine": [
    ({ applicationPlatform }) => {
      const database = applicationPlatform?.groups.find(({ name }) => name === "database");
      if (database) applicationPlatform?.groups.push({ ...database, name: "singleton-blobstore" });
    },
  ],
  "application-platform-is-spread-over-zones": [
    group("router", ({ vms }) => {
      for (const vm of vms) vm.zone = 0;
    }),
  ],
  "application-platform-has-sizes-for-load": [
    group("diego-cell", (one) => {
      one.size = { ...size, memoryGiB: 8 };
    }),
    group("diego-cell", (one) => {
      one.size = { ...size, diskGiB: 15 };
    }),
    group("nats", (one) => {
      one.size = { ...size, memoryGiB: 1 };
    }),
  ],
  "application-ports-alone-are-open-to-the-world": [
    opened("gateway", 2222, "0.0.0.0/0"),
    opened("router", 443, "0.0.0.0/0"),
    ({ applicationPlatform }) => {
      applicationPlatform?.inflows.push({ group: "gateway", protocol: "tcp", source: "0.0.0.0/0" });
    },
  ],
  "applications-are-reached-through-the-gateway-only": [opened("api", 9024, "203.0.113.0/24")],
  "application-vms-are-entered-by-the-bastion-only": [
    opened("diego-cell", 22, "203.0.113.0/24"),
    opened("diego-cell", 22, "vms"),
  ],
};
