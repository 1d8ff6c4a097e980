import { cisNotMet, cisScored, cisUndecided, csapDemands, ismspItems, ismspUndecided } from "./frameworks.ts";
import type { Framework, FrameworkItem, Rule } from "./rule.ts";
import { platformRules, resourceRules } from "./rules/index.ts";

type AnyRule = Omit<Rule<never>, "check">;

const rules: AnyRule[] = [...platformRules, ...resourceRules];

const rulesOf = (framework: Framework, item: string) =>
  rules.filter(({ frameworks }) => frameworks.some((one) => one.framework === framework && one.item === item));

export function coveredItems(framework: Framework, of: string[]): string[] {
  return of.filter((item) => rulesOf(framework, item).length > 0);
}

const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const named = (list: AnyRule[]) => list.map(({ name }) => `\`${name}\``).join(", ");

function summary(): string {
  const cis = coveredItems("CIS", cisScored).length;
  const measured = cisUndecided.flatMap(({ items }) => items).length;
  const ismsp = coveredItems("ISMS-P", Object.keys(ismspItems)).length;
  const demands = csapDemands.filter((demand) => demand.rules.length > 0).length;
  const beyond = beyondScored().length;
  return table(
    ["Framework", "Checked", "Of", "Not checked"],
    [
      [
        "CIS Kubernetes Benchmark, cis-1.12",
        `${cis} scored`,
        `${cisScored.length} scored`,
        `${measured} that configuration cannot decide, ${Object.keys(cisNotMet).length} not met; ${beyond} manual ones checked besides`,
      ],
      [
        "ISMS-P 2023",
        `${ismsp}`,
        `${Object.keys(ismspItems).length}`,
        `${ismspUndecided.flatMap(({ items }) => items).length} that configuration cannot decide; the other 75 of 101 items are no matter of configuration`,
      ],
      ["CSAP, demands on infrastructure", `${demands}`, `${csapDemands.length}`, "see below"],
    ],
  );
}

const naturally = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });

function beyondScored(): string[] {
  const items = rules.flatMap(({ frameworks }) => frameworks.filter(({ framework }) => framework === "CIS"));
  return [...new Set(items.map(({ item }) => item))].filter((item) => !cisScored.includes(item)).sort(naturally);
}

function cisPart(): string {
  const items = [...coveredItems("CIS", cisScored), ...beyondScored()].sort(naturally);
  const rows = items.map((item) => [item, cisScored.includes(item) ? "scored" : "manual", named(rulesOf("CIS", item))]);
  return [
    "## CIS Kubernetes Benchmark, cis-1.12",
    table(["Check", "Kind", "Rules"], rows),
    "Not decided by configuration; `tests/e2e-local/cis-benchmark.ts` has the real kube-bench check them on running machines, by " +
      "the newest checks of the pinned Go module (cis-1.10), or by those in the folder that `KPAAS_CIS_CHECKS` names, such as " +
      "kube-bench's `cfg/cis-1.12`:",
    cisUndecided.map(({ items, because }) => `- ${items.join(", ")}: ${because}.`).join("\n"),
    "Decided, and not met:",
    Object.entries(cisNotMet)
      .map(([item, because]) => `- ${item}: ${because}.`)
      .join("\n"),
  ].join("\n\n");
}

function ismspPart(): string {
  const rows = Object.entries(ismspItems).map(([item, name]) => {
    const because = ismspUndecided.find(({ items }) => items.includes(item))?.because;
    return [item, name, because ? `not decided: ${because}` : named(rulesOf("ISMS-P", item))];
  });
  return [
    "## ISMS-P 2023",
    "Of 101 items these 26 can show in configuration. A rule checks a part of its item, never the whole: each also asks for " +
      "procedures, people and records.",
    table(["Item", "On", "Rules"], rows),
  ].join("\n\n");
}

function csapPart(): string {
  const rows = csapDemands.map(({ demand, domain, rules, because }) => [
    demand,
    domain,
    because ? `not checked: ${because}` : rules.map((name) => `\`${name}\``).join(", "),
  ]);
  return [
    "## CSAP",
    "What the cloud security assurance programme asks of infrastructure, as far as a preview sees it, by domain. Regions of " +
      "private clouds have no known place, and how long a disk keeps audit logs is bounded by its size too.",
    table(["Demand", "Domain", "Rules"], rows),
  ].join("\n\n");
}

function rulesPart(title: string, list: AnyRule[]): string {
  const references = (frameworks: FrameworkItem[]) =>
    frameworks.map(({ framework, item }) => `${framework} ${item}`).join(", ");
  const rows = list.map(({ name, severity, level, frameworks, description, remedy }) => [
    `\`${name}\``,
    severity,
    level,
    references(frameworks),
    description,
    remedy,
  ]);
  return [`## ${title}`, table(["Rule", "Severity", "Level", "References", "What and why", "Remedy"], rows)].join(
    "\n\n",
  );
}

/** Renders docs/policies.md: every rule by framework, with what is covered and what is not. */
export function policyPage(): string {
  return `${[
    "# Policies",
    "<!-- Generated by `npm run policies`; a test fails when it is stale. -->",
    "`./kpaas plan` evaluates the platform rules without an engine; `./kpaas preview` and `up` enforce all rules through the " +
      "policy pack `policy-pack/`, which `pulumi preview --policy-pack policy-pack` loads as well; plain `pulumi up` without it judges by the same rules from within the program. A mandatory rule that is broken stops " +
      "them, an advisory one warns.",
    "An environment changes how a rule is enforced, and says why; every report lists the reason:",
    '```yaml\nkpaas:environment:\n  purpose: operation # redundancy, sizes and encryption are demanded of operation only\n  policies:\n    monthlyBudget: { amount: 3000, currency: USD }\n    quota: { machines: 40, vcpus: 200 }\n    rules:\n      several-zones-are-used:\n        level: disabled\n        reason: the site has one zone\n        by: the security board\n        date: "2026-11-02"\n        until: "2027-11-01"\n```',
    "## Coverage",
    summary(),
    cisPart(),
    ismspPart(),
    csapPart(),
    rulesPart("Platform rules", platformRules),
    rulesPart("Resource rules", resourceRules),
  ].join("\n\n")}\n`;
}
