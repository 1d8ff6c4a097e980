import type { z } from "zod";
import type { ApplicationPlatformSettings, Environment, InfrastructureSettings } from "../environment.ts";
import { capabilitiesOf } from "../infrastructure/catalog.ts";
import type { GroupName, PlatformSize } from "./group.ts";
import { instanceGroups, sizedGroupNames } from "./instance-groups.ts";
import type { applicationPlatform } from "./schema.ts";

type Settings = NonNullable<z.output<typeof applicationPlatform>>;

interface Surroundings {
  purpose: Environment["purpose"];
  infrastructure: InfrastructureSettings;
  adminCidrs: string[];
}

const sizeFor: Record<Environment["purpose"], PlatformSize> = { development: "minimum", operation: "operation" };

const usualPorts = { mysql: 3306, postgres: 5432 };

/** Adds what follows from other settings: the size from the purpose, counts and types of VMs from the size. */
export function completeApplicationPlatform(
  settings: Settings,
  { purpose, infrastructure, adminCidrs }: Surroundings,
): ApplicationPlatformSettings {
  const { size = sizeFor[purpose], clientCidrs = adminCidrs, gateway = usualGateway(infrastructure) } = settings;
  const { database, blobstore, groups } = settings;
  const absent = absentGroups({ gateway, database, blobstore });
  // What the file sizes is kept although it is absent: a rule tells the user.
  const present = sizedGroupNames.filter((name) => !absent.has(name) || groups[name]);
  const sized = present.map((name) => {
    const { count, vmType } = instanceGroups[name];
    return [name, { count: groups[name]?.count ?? count[size], vmType: groups[name]?.vmType ?? vmType[size] }];
  });
  return {
    ...settings,
    size,
    clientCidrs,
    gateway,
    groups: Object.fromEntries(sized),
    database:
      database.kind === "external" ? { ...database, port: database.port ?? usualPorts[database.engine] } : database,
  };
}

function usualGateway(infrastructure: InfrastructureSettings): "haproxy" | "load-balancer" {
  return capabilitiesOf(infrastructure).loadBalancer ? "load-balancer" : "haproxy";
}

/** Gives the groups that another setting takes the place of, with that setting. */
export function absentGroups({
  gateway,
  database,
  blobstore,
}: Pick<ApplicationPlatformSettings, "gateway"> & {
  database: { kind: "internal" | "external" };
  blobstore: { kind: "internal" | "external" };
}): Map<GroupName, string> {
  return new Map<GroupName, string>([
    ...(gateway === "load-balancer" ? [["haproxy", "gateway is load-balancer"] as const] : []),
    ...(database.kind === "external" ? [["database", "database.kind is external"] as const] : []),
    ...(blobstore.kind === "external" ? [["singleton-blobstore", "blobstore.kind is external"] as const] : []),
  ]);
}
