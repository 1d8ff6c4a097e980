import type * as provider from "@pulumi/pulumi/provider/index.js";
import { z } from "zod";
import { withinGrace } from "./cancellation.ts";
import type { EngineLog } from "./engine-log.ts";
import { engineError } from "./errors.ts";
import { handlerOf } from "./handlers.ts";
import { machinesBefore, machinesWithoutFirstHostKey } from "./living-platform.ts";
import type { Context, ResourceHandler } from "./resource.ts";
import {
  changedKeys,
  digest,
  holdsUnknown,
  isDigest,
  type Properties,
  plain,
  secretKeys,
  withSecrets,
} from "./values.ts";

/** Provider between the engine's protocol and the handlers, one for each resource type. */
export class KpaasProvider implements provider.Provider {
  readonly version = "0.1.0";
  private cancellation = new AbortController();
  private readonly log: EngineLog;
  private readonly handlerOf: typeof handlerOf;
  /** Contents of the digests that the engine was given. It has every resource checked by the process that makes or changes it. */
  private readonly contents = new Map<string, unknown>();

  /** Takes `handlers`, which gives each resource type's: tests put others in their place. */
  constructor(log: EngineLog, handlers = handlerOf) {
    this.log = log;
    this.handlerOf = handlers;
  }

  async check(urn: string, olds: Properties, news: Properties): Promise<provider.CheckResult> {
    const handler = await this.handlerOf(typeOf(urn));
    const inputs = plain(news);
    const parsed = handler.inputs.safeParse(inputs);
    const state = Object.keys(olds ?? {}).length > 0 ? plain(olds) : undefined;
    const problems = parsed.success
      ? (handler.check?.(state, parsed.data) ?? [])
      : parsed.error.issues.flatMap((issue) => problemsOf(issue, inputs));
    const secrets = secretKeys(news);
    const failures = problems.map((problem) => failureOf(problem, secrets));
    const whole = withOwn(news, (handler.ownInputs?.(state, inputs) ?? {}) as Properties);
    return { inputs: handler.digestsAtCheck && failures.length === 0 ? this.noted(handler, whole) : whole, failures };
  }

  /** Gives inputs with digests in place of the large ones, whose contents are kept for this process's life. */
  private noted(handler: ResourceHandler, inputs: Properties): Properties {
    const abridged = digested(handler, inputs);
    for (const key of handler.digests ?? [])
      if (abridged[key] !== inputs[key]) this.contents.set(String(abridged[key]), plain(inputs[key]));
    return abridged;
  }

  /** Gives the inputs as the handler knows them, contents in place of digests. */
  private parsed(handler: ResourceHandler, properties: Properties): object {
    const inputs = plain(properties);
    const large = (handler.digests ?? []).filter((key) => this.contents.has(String(inputs[key])));
    const contents = large.map((key) => [key, this.contents.get(String(inputs[key]))]);
    return handler.inputs.parse({ ...inputs, ...Object.fromEntries(contents) });
  }

  /** Answers the program's questions about the platform before this run. */
  async invoke(token: string): Promise<provider.InvokeResult> {
    if (token !== "kpaas:index:machinesBefore") throw new Error(`unknown function ${token}`);
    const machines = machinesBefore();
    const outputs = machines === "all" ? { all: true, machines: [] } : { all: false, machines };
    return { outputs: { ...outputs, withoutFirstHostKey: machinesWithoutFirstHostKey() } };
  }

  async diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<provider.DiffResult> {
    const handler = await this.handlerOf(typeOf(urn));
    const [state, inputs] = [plain(olds), plain(news)];
    if (!holdsUnknown(inputs)) handler.wanted?.(inputs);
    const changed = changedKeys(state, digested(handler, inputs), inputKeys(handler)).filter(
      (key) => !handler.keeps?.includes(key as never),
    );
    const replaces = handler.update ? changed.filter((key) => handler.replaceOn?.includes(key as never)) : changed;
    const changes = changed.length > 0 || (handler.needsUpdate?.(state) ?? false);
    return { changes, replaces, deleteBeforeReplace: replaces.length > 0 && !handler.createBeforeDelete };
  }

  async create(urn: string, properties: Properties): Promise<provider.CreateResult> {
    const handler = await this.handlerOf(typeOf(urn));
    const { id, outputs } = await this.finish(
      handler.create(this.parsed(handler, properties), this.context(urn)),
      (outputs) => stateOf(handler, properties, outputs),
    );
    return { id, outs: stateOf(handler, properties, outputs) };
  }

  async read(id: string, urn: string, properties: Properties = {}): Promise<provider.ReadResult> {
    const handler = await this.handlerOf(typeOf(urn));
    if (!handler.read) return { id, props: properties };
    const state = plain(properties);
    const outputs = await this.finish(handler.read(id, state, this.context(urn)));
    if (!outputs) return { id: "", props: {} };
    const secrets = [...secretKeys(properties), ...(handler.secretOutputs ?? [])];
    return { id, props: withSecrets({ ...state, ...outputs }, secrets) };
  }

  async update(id: string, urn: string, olds: Properties, news: Properties): Promise<provider.UpdateResult> {
    const handler = await this.handlerOf(typeOf(urn));
    if (!handler.update) throw new Error(`${typeOf(urn)} cannot be updated`);
    const outputs = await this.finish(
      handler.update(id, plain(olds), this.parsed(handler, news), this.context(urn)),
      (outputs) => stateOf(handler, news, outputs),
    );
    return { outs: stateOf(handler, news, outputs) };
  }

  async delete(id: string, urn: string, properties: Properties): Promise<void> {
    const handler = await this.handlerOf(typeOf(urn));
    if (handler.delete) await this.finish(handler.delete(id, plain(properties), this.context(urn)));
  }

  /**
   * Ends what is under way. What begins later is not cancelled: `pulumi up` cancels at its preview's end, and the same process then
   * does the update.
   */
  async cancel(): Promise<void> {
    const underWay = this.cancellation;
    this.cancellation = new AbortController();
    underWay.abort(new Error("cancelled"));
  }

  /** Awaits a handler, whether it heeds a cancellation or not, and puts its errors in the engine's form. */
  private async finish<T>(work: Promise<T>, partialState?: (outputs: object) => Properties): Promise<T> {
    try {
      return await withinGrace(work, this.cancellation.signal);
    } catch (error) {
      throw engineError(error, partialState);
    }
  }

  private context(urn: string): Context {
    return {
      name: urn.slice(urn.lastIndexOf("::") + 2),
      environment: urn.split("::")[0]?.split(":")[2] ?? "",
      signal: this.cancellation.signal,
      report: (message) => this.log.report(urn, message),
      warn: (message) => this.log.warn(urn, message),
    };
  }
}

/** Puts a handler's own inputs in place of whatever the program says of them; one that is undefined is left out. */
function withOwn(news: Properties, own: Properties): Properties {
  const inputs = Object.entries({ ...news, ...own }).filter(([key, value]) => !(key in own) || value !== undefined);
  return Object.fromEntries(inputs);
}

function typeOf(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}

interface Problem {
  path: PropertyKey[];
  reason: string;
}

/**
 * Gives the problems of an issue. An unknown value of a preview is none; a property that does not exist is one in any
 * case.
 */
function problemsOf(issue: z.core.$ZodIssue, inputs: Properties): Problem[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...issue.path, key], reason: "no such property" }));
  return holdsUnknown(issue.path.reduce<unknown>(at, inputs)) ? [] : [{ path: issue.path, reason: issue.message }];
}

/**
 * Gives a problem as the engine's failure. The engine prints the value of the property that a failure names, even a
 * secret one: then the reason names it.
 */
function failureOf({ path, reason }: Problem, secrets: string[]): provider.CheckFailure {
  const property = z.core.toDotPath(path);
  return secrets.includes(String(path[0])) ? { property: "", reason: `${property}: ${reason}` } : { property, reason };
}

/** Gives the value at a key; one that has no parts itself: where a whole object is unknown, so is everything in it. */
function at(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : value;
}

function inputKeys({ inputs }: ResourceHandler): string[] {
  return inputs instanceof z.ZodObject ? Object.keys(inputs.shape) : [];
}

/** Gives the state: inputs as given, secrets still marked, the large ones as digests; and outputs, the secret ones marked. */
function stateOf(handler: ResourceHandler, inputs: Properties, outputs: object): Properties {
  const secrets = new Set(secretKeys(inputs));
  const repeated = Object.entries<string>(handler.repeats ?? {}).flatMap(([key, input]) =>
    secrets.has(input) ? [key] : [],
  );
  const marked = withSecrets({ ...outputs }, [...(handler.secretOutputs ?? []), ...repeated]);
  return { ...digested(handler, inputs), ...marked };
}

/** Puts digests for large inputs: the engine writes its whole state at every step, and holds every input in it already. */
function digested({ digests = [] }: ResourceHandler, inputs: Properties): Properties {
  const large = digests.filter((key) => key in inputs && !holdsUnknown(inputs[key]) && !isDigest(inputs[key]));
  return { ...inputs, ...Object.fromEntries(large.map((key) => [key, digest(plain(inputs[key]))])) };
}
