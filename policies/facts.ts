import { type FirewallFlow, type FirewallSource, firewallRules, podFlows } from "../components/firewall.ts";
import {
  type GroupPortRule,
  groupPortRules,
  type InstanceGroupPlan,
  planInstanceGroups,
  rangesOf,
} from "../config/application-platform/plan.ts";
import type { Environment } from "../config/environment.ts";
import { type MachinePlan, planMachines } from "../config/machines.ts";
import { type Role, roles } from "../config/roles/index.ts";
import { type MachineConfiguration, machineConfiguration } from "./machine-configuration.ts";

export interface MonthlyCost {
  amount: number;
  /** ISO 4217. */
  currency: string;
}

/** A source that may reach a role's machines. */
export interface Inflow extends FirewallFlow {
  role: Role;
  source: FirewallSource | { pods: true };
}

/** A source that may reach a group's VMs, or the gateway before them. */
export interface ApplicationInflow extends Pick<GroupPortRule, "group" | "protocol" | "fromPort" | "toPort"> {
  /** A range, or the name of a group, the gateway's or the bastion's. */
  source: string;
}

export interface ApplicationFacts {
  groups: InstanceGroupPlan[];
  inflows: ApplicationInflow[];
}

/** All that platform rules read: plain, known before anything is created. */
export interface PlatformFacts {
  environment: Environment;
  machines: MachinePlan[];
  inflows: Inflow[];
  /** The first machine of each role and pool as its user-data configures it; the others' differ in names and addresses only. */
  configurations: MachineConfiguration[];
  /** Absent where there is none. */
  applicationPlatform?: ApplicationFacts;
  /** Absent where a price is not known. */
  monthlyCost?: MonthlyCost;
}

export function platformFacts(environment: Environment, monthlyCost?: MonthlyCost): PlatformFacts {
  const machines = planMachines(environment);
  const inflows = roles.flatMap((role): Inflow[] => [
    ...firewallRules(environment, role).map((rule) => ({ role, ...rule })),
    ...podFlows(environment, role).map((flow) => ({ role, ...flow, source: { pods: true as const } })),
  ]);
  const configurations = machines
    .filter(({ ordinal }) => ordinal === 1)
    .map((machine) => machineConfiguration(machine, { environment, machines }));
  return {
    environment,
    machines,
    inflows,
    configurations,
    ...(environment.applicationPlatform ? { applicationPlatform: applicationFacts(environment) } : {}),
    ...(monthlyCost ? { monthlyCost } : {}),
  };
}

function applicationFacts(environment: Environment): ApplicationFacts {
  const inflows = groupPortRules(environment).flatMap(({ group, protocol, fromPort, toPort, from }) =>
    from
      .flatMap((peer) => rangesOf(environment, peer) ?? [peer])
      .map((source) => ({ group, protocol, fromPort, toPort, source })),
  );
  return { groups: planInstanceGroups(environment), inflows };
}
