import { type FirewallRule, firewallRules } from "../components/firewall.ts";
import type { Environment } from "../config/environment.ts";
import { type MachinePlan, planMachines, type Role, roles } from "../config/machines.ts";
import { type MachineConfiguration, machineConfiguration } from "./machine-configuration.ts";

export interface MonthlyCost {
  amount: number;
  /** ISO 4217. */
  currency: string;
}

/** Who may reach a role's machines. */
export interface Inflow extends FirewallRule {
  role: Role;
}

/** All that platform rules read: plain, known before anything is created. */
export interface PlatformFacts {
  environment: Environment;
  machines: MachinePlan[];
  inflows: Inflow[];
  /** The first machine of each role and pool as its user-data configures it; the others' differ in names and addresses only. */
  configurations: MachineConfiguration[];
  /** Absent where a price is not known. */
  monthlyCost?: MonthlyCost;
}

export function platformFacts(environment: Environment, monthlyCost?: MonthlyCost): PlatformFacts {
  const machines = planMachines(environment);
  const inflows = roles.flatMap((role) => firewallRules(environment, role).map((rule) => ({ role, ...rule })));
  const configurations = machines
    .filter(({ ordinal }) => ordinal === 1)
    .map((machine) => machineConfiguration(machine, { environment, machines }));
  return { environment, machines, inflows, configurations, ...(monthlyCost ? { monthlyCost } : {}) };
}
