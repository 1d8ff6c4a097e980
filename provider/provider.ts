import type * as provider from "@pulumi/pulumi/provider/index.js";
import { z } from "zod";
import { handlerOf } from "./registry.ts";
import { type Context, PartlyCreated, type ResourceHandler } from "./resource.ts";
import { changedKeys, holdsUnknown, type Properties, plain, secretKeys, withSecrets } from "./values.ts";

type Report = (urn: string, message: string) => void;

/** The engine's protocol on one side, one handler per resource type on the other. */
export class KpaasProvider implements provider.Provider {
  readonly version = "0.1.0";
  private readonly cancellation = new AbortController();
  private readonly report: Report;

  constructor(report: Report) {
    this.report = report;
  }

  async check(urn: string, _olds: Properties, news: Properties): Promise<provider.CheckResult> {
    const handler = await handlerOf(typeOf(urn));
    const inputs = plain(news);
    const result = handler.inputs.safeParse(inputs);
    const issues = result.success ? [] : result.error.issues;
    const failures = issues
      .filter(({ path }) => !holdsUnknown(path.reduce<unknown>(at, inputs)))
      .map(({ path, message }) => ({ property: z.core.toDotPath(path), reason: message }));
    return { inputs: news, failures };
  }

  async diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<provider.DiffResult> {
    const handler = await handlerOf(typeOf(urn));
    const [state, inputs] = [plain(olds), plain(news)];
    const changed = changedKeys(state, inputs, inputKeys(handler));
    const replaces = handler.update ? changed.filter((key) => handler.replaceOn?.includes(key as never)) : changed;
    const changes = changed.length > 0 || (handler.needsUpdate?.(state) ?? false);
    return { changes, replaces, deleteBeforeReplace: replaces.length > 0 };
  }

  async create(urn: string, properties: Properties): Promise<provider.CreateResult> {
    const handler = await handlerOf(typeOf(urn));
    try {
      const { id, outputs } = await handler.create(parsed(handler, properties), this.context(urn));
      return { id, outs: stateOf(handler, properties, outputs as Properties) };
    } catch (error) {
      if (!(error instanceof PartlyCreated)) throw error;
      const outs = stateOf(handler, properties, error.outputs as Properties);
      throw Object.assign(new Error(error.message), { id: error.id, properties: outs, reasons: [error.message] });
    }
  }

  async read(id: string, urn: string, properties: Properties = {}): Promise<provider.ReadResult> {
    const handler = await handlerOf(typeOf(urn));
    if (!handler.read) return { id, props: properties };
    const outputs = await handler.read(id, plain(properties), this.context(urn));
    if (!outputs) return { id: "", props: {} };
    const secrets = secretKeys(properties);
    return {
      id,
      props: withSecrets({ ...plain(properties), ...outputs }, [...secrets, ...(handler.secretOutputs ?? [])]),
    };
  }

  async update(id: string, urn: string, olds: Properties, news: Properties): Promise<provider.UpdateResult> {
    const handler = await handlerOf(typeOf(urn));
    if (!handler.update) throw new Error(`${typeOf(urn)} cannot be updated`);
    const outputs = await handler.update(id, plain(olds), parsed(handler, news), this.context(urn));
    return { outs: stateOf(handler, news, outputs as Properties) };
  }

  async delete(id: string, urn: string, properties: Properties): Promise<void> {
    const handler = await handlerOf(typeOf(urn));
    await handler.delete?.(id, plain(properties), this.context(urn));
  }

  async cancel(): Promise<void> {
    this.cancellation.abort(new Error("cancelled"));
  }

  private context(urn: string): Context {
    return {
      name: urn.slice(urn.lastIndexOf("::") + 2),
      signal: this.cancellation.signal,
      report: (message) => this.report(urn, message),
    };
  }
}

function typeOf(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}

function at(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : value;
}

function inputKeys({ inputs }: ResourceHandler): string[] {
  return inputs instanceof z.ZodObject ? Object.keys(inputs.shape) : [];
}

function parsed(handler: ResourceHandler, properties: Properties): object {
  return handler.inputs.parse(plain(properties));
}

/** Inputs as given, secrets still marked, and outputs, the secret ones marked. */
function stateOf(handler: ResourceHandler, inputs: Properties, outputs: Properties): Properties {
  return { ...inputs, ...withSecrets(outputs, handler.secretOutputs ?? []) };
}
