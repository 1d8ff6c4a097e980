import { deployable } from "../bosh/deployable.ts";
import { instanceGroups } from "../config/application-platform/instance-groups.ts";
import type { Environment } from "../config/environment.ts";
import { capabilitiesOf } from "../config/infrastructure/catalog.ts";
import { UserError } from "../lib/errors.ts";
import type { ApplicationPlan } from "./application-platform.ts";
import type { Warning } from "./warnings.ts";

/** Warns of what the environment's rules allow of an application platform, and an architect should still know of. */
export function applicationWarnings(environment: Environment, plan: ApplicationPlan): Warning[] {
  return [
    ...plannedOnly(environment),
    ...inContainers(environment),
    ...singleVms(plan),
    ...singleState(plan),
    ...singleGateway(environment, plan),
    ...databaseMajority(plan),
  ];
}

function plannedOnly(environment: Environment): Warning[] {
  try {
    deployable(environment);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const text = `the application platform is planned, priced and judged, but up refuses it: ${error.message}`;
    return [{ id: "application-platform-is-planned-only", severity: "medium", text, remedy: error.next }];
  }
}

/**
 * Warns where VMs are containers of this host: nothing is between the containers, or between them and the host, but what Docker
 * keeps apart.
 */
function inContainers({ infrastructure }: Environment): Warning[] {
  if (!capabilitiesOf(infrastructure).onThisHost) return [];
  return [
    {
      id: "application-platform-in-containers",
      severity: "medium",
      text:
        "its VMs are privileged containers without a firewall between them, and BOSH works with this machine's container engine: " +
        "root of the jump host or of BOSH's director is root of this machine",
      remedy: "a machine for this alone",
    },
  ];
}

/** Warns of single VMs in groups that are safe with more than one; database and blobstore have warnings of their own. */
function singleVms({ groups }: ApplicationPlan): Warning[] {
  const single = groups
    .filter(({ name, count, stateful }) => count === 1 && !stateful && instanceGroups[name].most > 1)
    .map(({ name }) => name);
  if (single.length === 0) return [];
  return [
    {
      id: "single-application-vms",
      severity: "high",
      text: `one VM each of ${single.join(", ")}: while it is away, nothing of the application platform has its part done`,
      remedy: "applicationPlatform.size: standard or operation, or a count of 2 in applicationPlatform.groups",
    },
  ];
}

function singleState({ groups }: ApplicationPlan): Warning[] {
  const isSingle = (group: string) => groups.some(({ name, count }) => name === group && count === 1);
  const database: Warning = {
    id: "single-application-database",
    severity: "high",
    text: "one database VM: while it is away, nobody logs in, pushes or scales, and crashed applications stay away",
    remedy: "applicationPlatform.groups.database.count: 3, or applicationPlatform.database.kind: external",
  };
  const blobstore: Warning = {
    id: "single-application-blobstore",
    severity: "medium",
    text: "one blobstore VM: while it is away, no application is staged, or started on another cell",
    remedy: "applicationPlatform.blobstore.kind: external",
  };
  return [...(isSingle("database") ? [database] : []), ...(isSingle("singleton-blobstore") ? [blobstore] : [])];
}

function singleGateway({ infrastructure }: Environment, { gateway }: ApplicationPlan): Warning[] {
  if (gateway === "load-balancer") return [];
  return [
    {
      id: "single-application-gateway",
      severity: "high",
      text: "one haproxy VM before the routers: while it is away, nobody reaches any application",
      remedy: capabilitiesOf(infrastructure).loadBalancer ? "applicationPlatform.gateway: load-balancer" : undefined,
    },
  ];
}

function databaseMajority({ groups, zones }: ApplicationPlan): Warning[] {
  const database = groups.find(({ name }) => name === "database");
  const most = Math.max(...(database?.perZone ?? [0]));
  // One zone is told of for the whole environment.
  if (!database || database.count === 1 || zones.length === 1 || most * 2 < database.count) return [];
  return [
    {
      id: "application-database-majority-in-one-zone",
      severity: "high",
      text: `one zone has ${most} of ${database.count} database VMs: without it they have no majority`,
      remedy: "network.zones: 3",
    },
  ];
}
