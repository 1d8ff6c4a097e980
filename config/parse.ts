import type { z } from "zod";
import { UserError } from "../lib/errors.ts";
import { networkGateway } from "./addresses.ts";
import { completeApplicationPlatform } from "./application-platform/complete.ts";
import type { Environment } from "./environment.ts";
import { capabilitiesOf, infrastructures } from "./infrastructure/catalog.ts";
import { check, type Problem, problemsOf } from "./problems.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules.ts";
import { defaultBastionSize, defaultHaproxy, type SettingsSchema, settingsSchema } from "./schema.ts";

type Settings = z.output<SettingsSchema>;
type Path = readonly PropertyKey[];

/**
 * Reads the value of `kpaas:environment` of the stack `name` and fills in every default. `file` is what
 * messages call the stack's file.
 * @throws UserError that lists every problem of the file at once.
 */
export function parseEnvironment(name: string, raw: unknown, file = `Pulumi.${name}.yaml`): Environment {
  const parsed = check(settingsSchema(), raw);
  const { settings, broken } = parsed.success ? { settings: parsed.data, broken: [] } : mended(raw);
  const environment = settings && complete(name, settings);
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error)),
    ...(environment ? rules.filter((rule) => isSound(rule, broken)).flatMap((rule) => rule.problems(environment)) : []),
  ];
  if (!environment || problems.length > 0) throw refusal(name, problems, file);
  return environment;
}

/** Adds what follows from other settings. */
function complete(name: string, raw: Settings): Environment {
  const { network, bastion, containerPlatform, applicationPlatform, ...settings } = raw;
  const { adminCidrs = defaultAdminCidrs(settings.infrastructure, network), domain = `${name}.kpaas.internal` } =
    network;
  return {
    name,
    ...settings,
    network: { ...network, adminCidrs, domain },
    containerPlatform: {
      ...(containerPlatform.gateway === "haproxy" ? { haproxy: defaultHaproxy } : {}),
      ...containerPlatform,
    },
    ...(capabilitiesOf(settings.infrastructure).bastion
      ? { bastion: bastion ?? { size: defaultBastionSize, generation: 1 } }
      : {}),
    ...(bastion ? { bastion } : {}),
    ...(applicationPlatform
      ? { applicationPlatform: completeApplicationPlatform(applicationPlatform, { ...settings, adminCidrs }) }
      : {}),
  };
}

/**
 * Gives the network's gateway on this host, behind which the operators sit; nothing elsewhere, as nobody knows: a rule
 * refuses that.
 */
function defaultAdminCidrs(infrastructure: Settings["infrastructure"], network: Settings["network"]): string[] {
  return capabilitiesOf(infrastructure).onThisHost ? [`${networkGateway({ network })}/32`] : [];
}

function refusal(name: string, problems: Problem[], file: string): UserError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.map(({ path, text }) => `  ${path}: ${text}`);
  return new UserError(
    [`environment ${JSON.stringify(name)} has ${count}:`, ...lines].join("\n"),
    `correct kpaas:environment in ${file}, then run the same command again`,
  );
}

/** Puts defaults in place of broken settings, so that the rules over the others can be checked too. */
function mended(raw: unknown): { settings?: Settings; broken: Path[] } {
  const broken: Path[] = [];
  const rest = structuredClone(raw);
  for (;;) {
    const parsed = check(settingsSchema(), rest);
    if (parsed.success) return { settings: parsed.data, broken };
    // One at a time: mending one may mend or move others.
    const [issue] = parsed.error.issues;
    if (!issue || !isRecord(rest) || Array.isArray(rest)) return { broken };
    if (issue.path[0] === "infrastructure") {
      broken.push(["infrastructure"]);
      rest.infrastructure = { kind: plainestKind() };
    } else if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) remove(rest, [...issue.path, key]);
    } else {
      const path = removable(rest, issue.path);
      broken.push(path);
      remove(rest, path);
    }
  }
}

/** Finds an infrastructure that can be named without settings of its own. */
function plainestKind(): string | undefined {
  return [...infrastructures()].find(([kind, { settings }]) => settings.safeParse({ kind }).success)?.[0];
}

/** Finds the nearest setting at or above a path that exists and is no entry of a list: removing it brings its default back. */
function removable(root: unknown, path: Path): Path {
  const isEntry = typeof path.at(-1) === "number";
  return isEntry || valueAt(root, path) === undefined ? removable(root, path.slice(0, -1)) : path;
}

function remove(root: unknown, path: Path): void {
  const parent = valueAt(root, path.slice(0, -1));
  if (isRecord(parent)) delete parent[path.at(-1) as string];
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce((value, key) => (isRecord(value) ? value[key as string] : undefined), root);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Tells whether a rule reads nothing that is broken. */
function isSound({ reads }: Rule, broken: Path[]): boolean {
  const settings = broken.map((path) => path.map((key) => (typeof key === "number" ? "*" : key)).join("."));
  const isWithin = (inner: string, outer: string) => `${inner}.`.startsWith(`${outer}.`);
  return !reads.some((read) => settings.some((setting) => isWithin(read, setting) || isWithin(setting, read)));
}
