import type * as provider from "@pulumi/pulumi/provider/index.js";
import { didYouMean } from "../../../config/problems.ts";
import { holdsUnknown, type Properties } from "../../../provider/values.ts";
import type { Member, ResourceDeclaration, Shape } from "./declarations.ts";

/** Gives the problems that a compiler would find in the inputs, as the Pulumi engine shows them. */
export function problemsOf(inputs: Properties, declaration: ResourceDeclaration): provider.CheckFailure[] {
  return objectProblems(inputs, declaration.inputs, "");
}

function objectProblems(value: Properties, members: Map<string, Member>, path: string): provider.CheckFailure[] {
  const at = (key: string) => (path ? `${path}.${key}` : key);
  const given = Object.entries(value).flatMap(([key, item]) => {
    const member = members.get(key);
    if (member) return valueProblems(item, member.shape, at(key));
    const known = [...members.keys()];
    const hint = didYouMean(key, known) ?? `known here: ${known.join(", ")}`;
    return [{ property: at(key), reason: `no such property; ${hint}` }];
  });
  const missing = [...members].filter(([key, { required }]) => required && (value[key] ?? undefined) === undefined);
  return [...given, ...missing.map(([key]) => ({ property: at(key), reason: "required, but missing" }))];
}

function valueProblems(value: unknown, shape: Shape, path: string): provider.CheckFailure[] {
  if (shape.kind === "any" || value === undefined || isOpaque(value)) return [];
  switch (shape.kind) {
    case "string":
    case "number":
    case "boolean":
      return typeof value === shape.kind ? [] : [wrong(path, shape, value)];
    case "literal":
      return value === shape.value ? [] : [wrong(path, shape, value)];
    case "array":
      if (!Array.isArray(value)) return [wrong(path, shape, value)];
      return value.flatMap((item, index) => valueProblems(item, shape.item, `${path}[${index}]`));
    case "map":
      if (!isRecord(value)) return [wrong(path, shape, value)];
      return Object.entries(value).flatMap(([key, item]) => valueProblems(item, shape.item, `${path}.${key}`));
    case "object":
      return isRecord(value) ? objectProblems(value, shape.members(), path) : [wrong(path, shape, value)];
    case "union":
      return unionProblems(value, shape.options, path);
  }
}

/** Picks the nearest of the options that are not met: what it lacks says more than the whole list does. */
function unionProblems(value: unknown, options: Shape[], path: string): provider.CheckFailure[] {
  const attempts = options.map((option) => valueProblems(value, option, path));
  if (attempts.some((problems) => problems.length === 0)) return [];
  const within = attempts.find((problems) => problems.every(({ property }) => property !== path));
  return within ?? [wrong(path, { kind: "union", options }, value)];
}

function wrong(property: string, shape: Shape, value: unknown): provider.CheckFailure {
  return { property, reason: `must be ${wording(shape)}, not ${isRecord(value) ? "an object" : describe(value)}` };
}

function wording(shape: Shape): string {
  if (shape.kind === "literal") return JSON.stringify(shape.value);
  if (shape.kind === "union") return [...new Set(shape.options.map(wording))].join(" or ");
  return /^[aeiou]/.test(shape.kind) ? `an ${shape.kind}` : `a ${shape.kind}`;
}

/** Tells only the kind of a value, which may be a secret. */
function describe(value: unknown): string {
  return Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
}

/** Tells whether a value is not known yet, or is an asset or a reference to a resource, which carry a signature. */
function isOpaque(value: unknown): boolean {
  return (
    (holdsUnknown(value) && !isContainer(value)) || (isRecord(value) && "4dabf18193072939515e22adb298388d" in value)
  );
}

function isContainer(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isRecord(value: unknown): value is Properties {
  return isContainer(value) && !Array.isArray(value);
}
