import { type FirewallRule, firewallRules } from "../components/firewall.ts";
import type { Environment } from "../config/environment.ts";
import { type MachinePlan, planMachines, type Role, roles } from "../config/machines.ts";
import { type NodeFacts, nodeFacts } from "./node-facts.ts";

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
  /** As their user-data configures them: the master that makes the cluster, and a worker of each pool that has any. */
  nodes: NodeFacts[];
  /** Absent where a price is not known. */
  monthlyCost?: MonthlyCost;
}

export function platformFacts(environment: Environment, monthlyCost?: MonthlyCost): PlatformFacts {
  const machines = planMachines(environment);
  const inflows = roles.flatMap((role) => firewallRules(environment, role).map((rule) => ({ role, ...rule })));
  const isFirst = ({ role, ordinal }: MachinePlan) => ordinal === 1 && (role === "master" || role === "worker");
  const nodes = machines.filter(isFirst).map((machine) => nodeFacts(machine, { environment, machines }));
  return { environment, machines, inflows, nodes, ...(monthlyCost ? { monthlyCost } : {}) };
}
