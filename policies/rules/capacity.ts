import type { PlatformFacts } from "../facts.ts";
import { csap, ismsp, operation, type Rule } from "../rule.ts";

export const capacityRules: Rule<PlatformFacts>[] = [
  {
    name: "budget-is-kept",
    description: "A month costs no more than the environment's budget, where every price is known.",
    severity: "medium",
    frameworks: operation("cost"),
    level: "mandatory",
    remedy: "Take fewer or smaller machines, or have policies.monthlyBudget raised.",
    check({ environment, monthlyCost }) {
      const budget = environment.policies.monthlyBudget;
      if (!budget || !monthlyCost) return [];
      const path = "policies.monthlyBudget";
      if (budget.currency !== monthlyCost.currency)
        return [{ path, value: budget.currency, message: `the prices are in ${monthlyCost.currency}` }];
      if (monthlyCost.amount <= budget.amount) return [];
      const cost = `${monthlyCost.amount} ${monthlyCost.currency}`;
      return [{ path, value: budget.amount, message: `a month costs ${cost}` }];
    },
  },
  {
    name: "control-plane-survives-a-machine",
    description: "In operation, three masters or more keep etcd's quorum and the API through the loss of a machine.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.12.1")],
    level: "mandatory",
    remedy: "Set containerPlatform.masters.count to 3 or 5.",
    check({ environment, machines }) {
      const masters = machines.filter(({ role }) => role === "master").length;
      if (environment.purpose !== "operation" || (masters >= 3 && masters % 2 === 1)) return [];
      return [{ path: "containerPlatform.masters.count", value: masters, message: `${masters} masters` }];
    },
  },
];
