import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/environment.ts";
import { isPlainObject } from "../config/transforms.ts";
import { UserError } from "../lib/errors.ts";
import { planOf } from "../plan/plan.ts";
import { shippedPriceTable } from "../plan/price-table.ts";
import { relaxationInWords, relaxedInWords } from "../policies/evaluate.ts";
import type { Resource } from "../policies/resource.ts";
import { judgeResource, type ResourceBreach, surroundingsOf } from "../policies/surroundings.ts";

/**
 * Enforces the policies from within the program, for plain `pulumi`: it loads a policy pack only where it is told to, and whoever
 * leaves that out would be judged by none. `./kpaas` has the pack, which judges by the same rules.
 */
export async function enforcePolicies(environment: Environment): Promise<void> {
  await enforcePlatformRules(environment);
  judgeEveryResource(environment);
}

/** Refuses, before any resource is made, what breaks a rule over the platform; tells what is relaxed. Throws UserError. */
async function enforcePlatformRules(environment: Environment): Promise<void> {
  const report = planOf(environment, shippedPriceTable(environment.infrastructure.kind)).policies;
  const relaxed = relaxedInWords(report);
  if (relaxed)
    await pulumi.log.warn([`policies: ${relaxed}`, ...report.relaxations.map(relaxationInWords)].join("\n  "));
  const found = report.rules.flatMap(({ name, level, violations }) =>
    violations.map(({ path, message, remedy }) => ({ level, line: `policy ${name}: ${path}: ${message}. ${remedy}` })),
  );
  for (const { level, line } of found) if (level !== "mandatory") await pulumi.log.warn(line);
  const broken = found.filter(({ level }) => level === "mandatory");
  if (broken.length > 0)
    throw new UserError(
      ["mandatory policies are broken, so nothing is made:", ...broken.map(({ line }) => line)].join("\n  "),
      `mend them, or relax them in policies.rules: ./kpaas plan ${environment.name}`,
    );
}

/**
 * Judges each resource before the Pulumi engine is asked for it, after an environment's own transforms: one that breaks a mandatory
 * rule is not made. What is not known yet breaks no rule, as in a preview by `./kpaas`.
 */
function judgeEveryResource(environment: Environment): void {
  const surroundings = surroundingsOf(environment);
  const judge = async (resource: Omit<Resource, "properties">, props: object) => {
    const properties = (await knownInput(props)) as Resource["properties"];
    const breaches = judgeResource(environment, { ...resource, properties }, surroundings);
    for (const breach of breaches) if (!breach.isMandatory) await pulumi.log.warn(lineOf(breach, resource.name));
    const broken = breaches.filter(({ isMandatory }) => isMandatory);
    if (broken.length > 0) throw new pulumi.RunError(broken.map((one) => lineOf(one, resource.name)).join("\n"));
  };
  pulumi.runtime.registerStackTransformation(({ resource, type, name, props, opts }) => {
    const ancestors = ancestorsOf(opts.parent);
    const parentTypes = ancestors.map(({ __pulumiType }) => __pulumiType).filter((one) => one !== stackType);
    const isProtected = opts.protect ?? ancestors.at(-1)?.__protect ?? false;
    // A component has what a program gives it, of which the engine learns nothing.
    const isCustom = !(resource instanceof pulumi.ComponentResource);
    const verdict = judge({ type, name, protect: isProtected, parentTypes }, isCustom ? props : {});
    return isCustom ? { props: gated(props, verdict), opts } : undefined;
  });
}

const stackType = "pulumi:pulumi:Stack";

/**
 * Lets a resource wait for its verdict by one of its inputs: a plain one, however deep, so that no input is unknown in a preview that
 * was known; an output where there is no plain one.
 */
function gated(props: Record<string, unknown>, verdict: Promise<void>): Record<string, unknown> {
  const after = async (known: unknown) => {
    await verdict;
    return known;
  };
  const gate = (value: unknown) => pulumi.output(value as string).apply(after);
  const plain = withOne(props, (value) => ["string", "number", "boolean"].includes(typeof value), gate);
  return (plain ?? withOne(props, pulumi.Output.isInstance, gate) ?? props) as Record<string, unknown>;
}

/** Gives a copy with the first value that fits changed; undefined where none fits. */
function withOne(value: unknown, fits: (value: unknown) => boolean, change: (value: unknown) => unknown): unknown {
  if (fits(value)) return change(value);
  if (!Array.isArray(value) && !isPlainObject(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const changed = withOne(inner, fits, change);
    if (changed !== undefined)
      return Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
  }
  return undefined;
}

/** Parts of a resource that Pulumi's types hide. */
interface Ancestor {
  __pulumiType: string;
  __protect?: boolean;
  __parentResource?: Ancestor;
}

/** Lists a resource's parents, the nearest last. */
function ancestorsOf(parent: pulumi.Resource | undefined): Ancestor[] {
  const ancestors: Ancestor[] = [];
  for (let one = parent as unknown as Ancestor | undefined; one; one = one.__parentResource) ancestors.unshift(one);
  return ancestors;
}

const lineOf = ({ rule, path, message }: ResourceBreach, resource: string): string =>
  `policy ${rule.name}: ${resource}: ${path}: ${message}. ${rule.remedy}`;

/** Gives an input as plain data; what is not known yet is left out, and so are holes that its place in a list would leave. */
export async function knownInput(value: unknown): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) return knownInput(await promised(value));
  if (value instanceof Promise) return knownInput(await value);
  // One that an input names, such as a provider: its own properties are judged where it is registered.
  if (pulumi.Resource.isInstance(value)) return undefined;
  if (Array.isArray(value))
    return (await Promise.all(value.map((one) => knownInput(one)))).filter((one) => one !== undefined);
  if (typeof value !== "object" || value === null) return value;
  const entries = await Promise.all(
    Object.entries(value).map(async ([key, inner]) => [key, await knownInput(inner)] as const),
  );
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}

/** Waits for an output's value; undefined where it is not known. Pulumi's types hide both. */
async function promised(output: pulumi.Output<unknown>): Promise<unknown> {
  const { isKnown } = output as unknown as { isKnown: Promise<boolean> };
  return (await isKnown) ? (output as unknown as { promise(): Promise<unknown> }).promise() : undefined;
}
