import "../stacks/infrastructures.ts";
import {
  PolicyPack,
  type ResourceValidation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  validateResourceOfType,
} from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/environment.ts";
import { parseEnvironment } from "../config/parse.ts";
import { planOf } from "../plan/plan.ts";
import { shippedPriceTable } from "../plan/price-table.ts";
import {
  enforcementOf,
  type PolicyReport,
  refuseUnknownRules,
  relaxationInWords,
  relaxationsOf,
} from "../policies/evaluate.ts";
import { knownProperties, parentTypesOf } from "../policies/resource.ts";
import type { Finding, Rule } from "../policies/rule.ts";
import { platformRules, resourceRules } from "../policies/rules/index.ts";
import { surroundingsOf } from "../policies/surroundings.ts";
import { endWithEngine } from "../provider/engine-life.ts";

/** The root of a platform by its type: the platform rules are reported at it, once. */
class Platform extends pulumi.ComponentResource {
  static readonly __pulumiType = "kpaas:index:ContainerPlatform";
}

const environment = currentEnvironment();
// After what may fail: a process that listens for the Pulumi engine's end does not end by its own failure.
endWithEngine();
let report: PolicyReport | undefined;
const surroundings = surroundingsOf(environment);

// Starts the pack's server, which is why the rules live apart from it.
new PolicyPack("kpaas", {
  enforcementLevel: "mandatory",
  policies: [
    exemptions(),
    ...platformRules.map((rule) => policy(rule, atPlatform(tellAll(rule, () => platformFindings(rule.name))))),
    ...resourceRules.map((rule) =>
      policy(
        rule,
        tellAll(rule, ({ type, name, urn, props, opts }) => {
          const properties = knownProperties(props);
          const resource = { type, name, properties, protect: opts.protect, parentTypes: parentTypesOf(urn) };
          return rule.check({ resource, ...surroundings });
        }),
      ),
    ),
  ],
});

/**
 * Validates the platform alone, by a type that the SDK knows, so that it does not unpack every other resource for each of a
 * hundred rules.
 */
function atPlatform(validation: ResourceValidation): ResourceValidation {
  return validateResourceOfType(Platform, (_props, args, tell) => validation(args, tell));
}

function platformFindings(rule: string): Finding[] {
  if (!environment) return [];
  // As `./kpaas plan` tells it, so that the budget is kept here too.
  report ??= planOf(environment, shippedPriceTable(environment.infrastructure.kind)).policies;
  return report.rules.find(({ name }) => name === rule)?.violations ?? [];
}

function tellAll<F>({ remedy }: Rule<F>, check: (args: ResourceValidationArgs) => Finding[]): ResourceValidation {
  return (args, tell) => {
    for (const { path, message } of check(args)) tell(`${path}: ${message}. ${remedy}`);
  };
}

function policy<F>(rule: Rule<F>, validateResource: ResourceValidation): ResourceValidationPolicy {
  const { name, description, severity, frameworks, remedy } = rule;
  const { level } = environment ? enforcementOf(rule, environment) : rule;
  const references = frameworks.map(({ framework, item }) => `${framework} ${item}`);
  return {
    name,
    description: `${description} [${references.join(", ")}]`,
    severity,
    enforcementLevel: level,
    remediationSteps: remedy,
    validateResource,
  };
}

/** Lists, wherever policies are enforced, which are relaxed for this environment and why. */
function exemptions(): ResourceValidationPolicy {
  return {
    name: "exemptions",
    description: "Policies that are relaxed for this environment, with the reason it records.",
    enforcementLevel: "advisory",
    validateResource: atPlatform((_args, tell) => {
      for (const one of environment ? relaxationsOf(environment) : []) tell(relaxationInWords(one));
    }),
  };
}

/**
 * Reads the environment from the stack's configuration, which the Pulumi engine gives a pack; a pack that is only listed has
 * none, and enforces by default.
 */
function currentEnvironment(): Environment | undefined {
  const settings = new pulumi.Config("kpaas").getObject("environment");
  if (settings === undefined) return undefined;
  const environment = parseEnvironment(pulumi.getStack(), settings);
  refuseUnknownRules(environment);
  return environment;
}
