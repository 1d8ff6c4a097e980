import { standIns } from "../../config/surge.ts";
import type { PlatformFacts } from "../facts.ts";
import { ismsp, operation, type Rule } from "../rule.ts";

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
    name: "quota-is-kept",
    description: "The environment asks for no more than it was granted.",
    severity: "medium",
    frameworks: [...operation("capacity"), ...ismsp("2.9.2")],
    level: "mandatory",
    remedy: "Take fewer or smaller machines, or have policies.quota raised.",
    check({ environment, machines, applicationPlatform }) {
      const all = [
        // Those, too, that stand in for workers for a while.
        ...[...machines, ...standIns(environment)].map(({ size, dataDisk }) => ({
          size,
          count: 1,
          dataDiskGiB: dataDisk?.sizeGiB ?? 0,
        })),
        ...(applicationPlatform?.groups ?? []).map(({ size, vms, persistentDiskGiB = 0 }) => ({
          size,
          count: vms.length,
          dataDiskGiB: persistentDiskGiB,
        })),
      ];
      const sum = (of: (machine: (typeof all)[number]) => number) =>
        all.reduce((total, machine) => total + machine.count * of(machine), 0);
      const asked = {
        machines: sum(() => 1),
        vcpus: sum(({ size }) => size.vcpus),
        memoryGiB: sum(({ size }) => size.memoryGiB),
        diskGiB: sum(({ size, dataDiskGiB }) => size.diskGiB + dataDiskGiB),
      };
      const { quota } = environment.policies;
      return (Object.keys(asked) as (keyof typeof asked)[]).flatMap((unit) => {
        const granted = quota[unit];
        if (granted === undefined || asked[unit] <= granted) return [];
        return [{ path: `policies.quota.${unit}`, value: granted, message: `${asked[unit]} are asked for` }];
      });
    },
  },
];
