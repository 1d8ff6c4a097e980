import { z } from "zod";
import { nearest } from "../lib/suggest.ts";

/** One thing wrong with a user's file. */
export interface Problem {
  /** Path in `kpaas:environment`, such as `containerPlatform.workerPools[1].name`. */
  path: string;
  /** The rule, the value and what to do. */
  text: string;
}

/** Keys of later parts of the platform. */
const plannedKeys = ["services", "operationTools", "brokers", "monitoring", "logs", "metering"];

export function problem(path: readonly PropertyKey[], rule: string, value: unknown, remedy?: string): Problem {
  return { path: pathText(path), text: explain(rule, value, remedy) };
}

/** Words a broken rule of the schema: `error: must("be odd", "use 3 or 5")`. */
export function must(rule: string, remedy?: string | ((value: unknown) => string | undefined)) {
  return ({ input }: { input?: unknown }) =>
    explain(`must ${rule}`, input, typeof remedy === "function" ? remedy(input) : remedy);
}

/** Checks against a schema, wording what the schema itself leaves unworded. */
export function check<T extends z.ZodType>(schema: T, raw: unknown) {
  return schema.safeParse(raw, { error: wording });
}

/** Gives a schema's problems, one for each unknown key. */
export function problemsOf({ issues }: z.core.$ZodError): Problem[] {
  return issues.flatMap((issue) => {
    const keys = issue.code === "unrecognized_keys" ? issue.keys : undefined;
    const lines = issue.message.split("\n");
    return keys
      ? keys.map((key, index) => ({ path: pathText([...issue.path, key]), text: lines[index] ?? "unknown key" }))
      : [{ path: pathText(issue.path), text: issue.message }];
  });
}

function explain(rule: string, value: unknown, remedy?: string): string {
  const got = value === undefined ? "" : ` (got ${show(value)})`;
  return `${rule}${got}${remedy ? `; ${remedy}` : ""}`;
}

/** Shows a scalar as it is in YAML; of anything larger only its kind, which keeps misplaced secrets out of messages. */
function show(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value !== "string") return String(value);
  return JSON.stringify(value.length > 64 ? `${value.slice(0, 20)}...` : value);
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[\w ]+$/.test(String(key)) ? `.${String(key)}` : `[${JSON.stringify(String(key))}]`;
  });
  return text.join("").replace(/^\./, "") || "kpaas:environment";
}

const wording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "is required";
      return must(`be ${kinds[issue.expected] ?? issue.expected}`, retyping(issue.expected, issue.input))(issue);
    case "invalid_value":
      if (issue.input === undefined) return `is required: one of ${issue.values.join(", ")}`;
      return must(`be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`, (value) =>
        didYouMean(String(value), issue.values.map(String)),
      )(issue);
    case "too_small":
      return must(atLeast(issue.origin, "at least", issue.minimum))(issue);
    case "too_big":
      return must(atLeast(issue.origin, "at most", issue.maximum))(issue);
    case "invalid_key":
      return issue.issues[0]?.message;
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, issue.inst)).join("\n");
    default:
      return undefined;
  }
};

const kinds: Record<string, string> = {
  object: "a map",
  record: "a map",
  array: "a list",
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function retyping(expected: string, value: unknown): string | undefined {
  if (value === null) return "give it a value or remove the key";
  if (expected === "string" && typeof value !== "object") return `put it in quotes: "${value}"`;
  return undefined;
}

function atLeast(origin: string, bound: string, count: number | bigint): string {
  if (origin === "array") return `have ${bound} ${count} ${count === 1 ? "entry" : "entries"}`;
  if (origin === "string") return `have ${bound} ${count} characters`;
  return `be ${bound} ${count}`;
}

function unknownKey(key: string, schema: unknown): string {
  if (plannedKeys.includes(key))
    return "not yet built; remove it: today there are the container platform and the application platform";
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return ["unknown key", didYouMean(key, known) ?? `known here: ${known.join(", ")}`].join("; ");
}

export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const meant = nearest(word, known);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
}
