import { type Cost, money } from "../../plan/cost.ts";
import type { Plan } from "../../plan/plan.ts";
import { wrappedTable } from "./layout.ts";

const header = ["environment", "on", "machines", "vCPU", "GiB", "a month", "policies, warnings"];

/** Renders a line for each environment. */
export function overviewText(plans: readonly Plan[]): string {
  const table = wrappedTable([header, ...plans.map(row)]);
  return plans.some(({ cost }) => isPartly(cost)) ? `${table}\n  + and what its table has no price of` : table;
}

function row({ environment, infrastructure, totals, cost, policies, warnings }: Plan): string[] {
  const broken = policies.rules.filter(({ level, violations }) => level === "mandatory" && violations.length > 0);
  const relaxed = policies.relaxations.filter(({ isOver }) => !isOver).length;
  const high = warnings.filter(({ severity }) => severity === "high").length;
  return [
    environment,
    infrastructure.kind,
    String(totals.machines),
    String(totals.vcpus),
    String(totals.memoryGiB),
    costText(cost),
    [
      broken.length ? `broken: ${broken.map(({ name }) => name).join(", ")}` : "kept",
      ...(relaxed ? [`${relaxed} relaxed`] : []),
      ...(high ? [`${high} high`] : []),
    ].join(", "),
  ];
}

const isPartly = (cost: Cost): boolean => cost.status === "priced" && cost.unpriced.length > 0;

function costText(cost: Cost): string {
  if (cost.status === "free") return "none";
  if (cost.status === "no-price-table") return "no prices";
  return `${money(cost.monthly, cost.currency)}${isPartly(cost) ? " +" : ""}`;
}
