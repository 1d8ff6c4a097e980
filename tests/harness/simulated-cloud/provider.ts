import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Properties, plain, secretKeys, unknownValue, withSecrets } from "../../../provider/values.ts";
import { interfacesOf, setAddress } from "./addresses.ts";
import { byType, type Cloud, isType, shortName, type TypeFacts } from "./cloud.ts";
import type { Declarations, ResourceDeclaration } from "./declarations.ts";
import { changedPaths } from "./detailed-diff.ts";
import type { FaultPlan } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { objectionTo } from "./rules.ts";
import type { DetailedDiff, ObjectState, ServedCloud } from "./serve.ts";
import type { CloudObject, ObjectStore } from "./store.ts";
import { problemsOf } from "./validation.ts";

/** A cloud as the Pulumi engine sees it. Nothing waits between a check and its write, so that calls may overlap. */
export class SimulatedCloudProvider implements ServedCloud {
  readonly identity: ServedCloud["identity"];
  private readonly cloud: Cloud;
  private readonly declarations: Declarations;
  private readonly store: ObjectStore;
  private readonly faults: FaultPlan;
  private readonly ledger: Ledger;

  constructor(
    identity: ServedCloud["identity"],
    cloud: Cloud,
    declarations: Declarations,
    store: ObjectStore,
    faults: FaultPlan,
  ) {
    this.identity = identity;
    this.cloud = cloud;
    this.declarations = declarations;
    this.store = store;
    this.faults = faults;
    this.ledger = new Ledger(cloud, store);
  }

  check(urn: string, inputs: Properties): { property: string; reason: string }[] {
    return problemsOf(plain(inputs), this.declarations.resource(typeOf(urn)));
  }

  diff(id: string, urn: string, olds: Properties, news: Properties): DetailedDiff {
    const type = typeOf(urn);
    const [state, inputs] = [plain(olds), plain(news)];
    const given = this.store.get({ type, id })?.inputs ?? {};
    const paths = changedPaths(state, inputs, { given, fills: this.cloud.fills });
    const replaces = this.replaces(type, inputs, [...new Set(paths.map(({ key }) => key))]);
    const facts = this.facts(type);
    const named = facts.unique ?? (facts.id ? [facts.nameInput ?? "name"] : undefined);
    const keepsName = named?.every((key) => isDeepStrictEqual(state[key], inputs[key])) ?? false;
    return { paths, replaces, deleteBeforeReplace: replaces.length > 0 && keepsName };
  }

  async create(urn: string, properties: Properties): Promise<{ id: string; outs: Properties }> {
    const [type, name] = [typeOf(urn), nameOf(urn)];
    await this.faults.call("create", type, name);
    const inputs = plain(properties);
    const facts = this.facts(type);
    const same = facts.sameAgain && this.alike(type, inputs, facts.sameAgain);
    if (same) return { id: same.id, outs: stateOf(same, properties) };
    const id =
      facts.id?.(inputs, name) ?? (facts.idPrefix ? randomId(facts.idPrefix) : this.cloud.newId(type, inputs, name));
    const object: CloudObject = { type, id, name, inputs, outputs: {} };
    this.refuseDangling(object);
    this.refuseByRule(object);
    this.refuseDouble(object);
    this.refuseOverQuota(type);
    this.refuseTakenAddresses(object);
    object.outputs = this.outputs(object);
    this.store.put(object);
    this.ledger.add(object);
    await this.faults.answer(type);
    return { id, outs: stateOf(object, properties) };
  }

  async read(id: string, urn: string, properties: Properties = {}): Promise<ObjectState> {
    const type = typeOf(urn);
    await this.faults.call("read", type, nameOf(urn));
    const object = this.store.get({ type, id });
    if (!object) return { id: "", props: {} };
    return { id, props: stateOf(object, properties), inputs: withSecrets(object.inputs, secretKeys(properties)) };
  }

  /** Gives what a create would, as far as it is known before. */
  previewCreate(urn: string, inputs: Properties): Properties {
    const added = Object.entries(this.facts(typeOf(urn)).addsWithin ?? {}).map(([input, keys]) => {
      const unknown = Object.fromEntries(keys.map((key) => [key, unknownValue]));
      return [input, { ...unknown, ...(inputs[input] as Properties) }];
    });
    return { ...inputs, ...Object.fromEntries(added) };
  }

  /** Gives what an update would: what it does not change stays as it is. */
  previewUpdate(id: string, urn: string, olds: Properties, news: Properties): Properties {
    const { paths } = this.diff(id, urn, olds, news);
    const kept = Object.entries(olds).filter(([key]) => !paths.some((path) => path.key === key));
    return { ...news, ...Object.fromEntries(kept) };
  }

  async update(id: string, urn: string, news: Properties): Promise<Properties> {
    const [type, name] = [typeOf(urn), nameOf(urn)];
    await this.faults.call("update", type, name);
    const before = this.store.get({ type, id });
    if (!before) throw refusal(this.cloud.refusal.missing(shortName(type), id));
    const object: CloudObject = { ...before, name, inputs: plain(news) };
    this.refuseDangling(object);
    this.refuseByRule(object);
    this.ledger.drop(before);
    try {
      this.refuseTakenAddresses(object);
      object.outputs = { ...before.outputs, ...this.outputs(object) };
      this.store.put(object);
      this.ledger.add(object);
    } catch (error) {
      this.ledger.add(before);
      throw error;
    }
    return stateOf(object, news);
  }

  async delete(id: string, urn: string): Promise<void> {
    const type = typeOf(urn);
    await this.faults.call("delete", type, nameOf(urn));
    const object = this.store.get({ type, id });
    if (!object) return;
    const goAlong = this.ledger.goingWith(object);
    const [user] = this.facts(type).deletableInUse ? [] : this.ledger.referrersOf(object, goAlong);
    if (user) throw refusal(this.cloud.refusal.inUse(shortName(type), id, user));
    for (const gone of [...goAlong, object]) {
      this.store.remove(gone);
      this.ledger.drop(gone);
    }
  }

  async invoke(token: string, args: Properties): Promise<Properties> {
    await this.faults.call("invoke", token, "");
    const asked = plain(args);
    const answer = (await byType(this.cloud.invokes, token)?.(asked, () => this.store.list())) ?? {
      id: digest(JSON.stringify(asked)).slice(0, 17),
    };
    return { ...asked, ...answer };
  }

  private replaces(type: string, inputs: Properties, changed: string[]): string[] {
    const facts = this.facts(type);
    const declared = this.declarations.resource(type).inputs;
    const forced = changed
      .filter((key) => facts.replaceOn?.includes(key) || declared.get(key)?.replaces)
      .filter((key) => !facts.inPlace?.includes(key));
    return [...new Set([...forced, ...(facts.replaceWhen?.(inputs, changed) ?? [])])];
  }

  private alike(type: string, inputs: Properties, keys: string[]): CloudObject | undefined {
    const candidates = this.store.list().filter((object) => object.type === type);
    return candidates.find((object) => keys.every((key) => isDeepStrictEqual(object.inputs[key], inputs[key])));
  }

  private refuseDangling({ type, inputs, id }: CloudObject): void {
    for (const reference of this.ledger.references(inputs, id)) {
      if (!this.ledger.withId(reference)) throw refusal(this.cloud.refusal.missing(this.kindOf(reference), reference));
    }
    for (const [property, kind] of Object.entries(this.cloud.namedReferences ?? {})) {
      for (const name of valuesOf(inputs, property)) {
        if (isType(type, kind) || this.ledger.named(name).some((key) => isType(key.type, kind))) continue;
        throw refusal(this.cloud.refusal.missing(shortName(kind), name));
      }
    }
  }

  private refuseByRule(object: CloudObject): void {
    const look = (id: unknown) => this.properties(id);
    const objection = objectionTo(object, this.facts(object.type), look, () => this.store.list());
    if (objection) throw refusal(objection);
  }

  private refuseDouble(object: CloudObject): void {
    const double = this.store.has(object) ? object : this.ledger.withSameName(object);
    if (double) throw refusal(this.cloud.refusal.exists(shortName(object.type), double.id));
  }

  private refuseOverQuota(type: string): void {
    const quota = this.faults.quota(type);
    if (quota !== undefined && this.ledger.ofType(type).length >= quota)
      throw refusal(this.cloud.refusal.quota(shortName(type), quota));
  }

  private refuseTakenAddresses({ type, inputs }: CloudObject): void {
    for (const place of this.facts(type).addresses ?? []) {
      for (const { subnet, addresses } of interfacesOf(inputs, place)) {
        const taken = addresses.find((address) => this.ledger.holderOfAddress(subnet, address));
        if (taken !== undefined) throw refusal(this.cloud.refusal.addressInUse(taken));
      }
    }
  }

  /** Gives what the cloud adds: only what the SDK's class declares, so that nothing is read that the real one would not give. */
  private outputs(object: CloudObject): Properties {
    const declaration = this.declarations.resource(object.type);
    const outputs = { ...this.autoName(object, declaration), ...this.givenAddresses(object) };
    const decided = this.facts(object.type).outputs?.(
      { ...object, outputs: { ...object.outputs, ...outputs } },
      digest(object.id),
      (id) => this.properties(id),
    );
    const all = Object.entries({ ...outputs, ...decided });
    return Object.fromEntries(
      all.filter(
        ([key, value]) => value !== undefined && (declaration.outputs.size === 0 || declaration.outputs.has(key)),
      ),
    );
  }

  private properties(id: unknown): Properties {
    const key = typeof id === "string" ? this.ledger.withId(id) : undefined;
    const object = key && this.store.get(key);
    return { ...object?.inputs, ...object?.outputs };
  }

  private autoName({ id, name, inputs }: CloudObject, declaration: ResourceDeclaration): Properties {
    if (!declaration.inputs.has("name") || inputs.name !== undefined) return {};
    return { name: `${name}-${digest(id).slice(0, 7)}` };
  }

  /** Gives an address to each interface that asks for none; one that has been given stays. */
  private givenAddresses({ type, inputs, outputs }: CloudObject): Properties {
    const filled = structuredClone(inputs);
    for (const place of this.facts(type).addresses ?? []) {
      const before = interfacesOf(outputs, place);
      for (const { part, subnet, addresses } of interfacesOf(filled, place)) {
        if (addresses.length > 0) continue;
        const root = part === filled ? [outputs[place.address]].flat() : [];
        const kept = root[0] ?? before.find((known) => known.subnet === subnet)?.addresses[0];
        const address = kept ?? this.ledger.freeAddress(subnet);
        setAddress(part, place, address);
      }
    }
    return Object.fromEntries(Object.entries(filled).filter(([key, value]) => !isDeepStrictEqual(value, inputs[key])));
  }

  private facts(type: string): TypeFacts {
    return byType(this.cloud.types, type) ?? {};
  }

  private kindOf(id: string): string {
    const known = Object.entries(this.cloud.types).find(
      ([, { idPrefix }]) => idPrefix && id.startsWith(`${idPrefix}-`),
    );
    return known?.[0].split(/[:/]/).at(-1) ?? "resource";
  }
}

/** Gives inputs and outputs as the Pulumi engine keeps them, secrets marked as they came. */
function stateOf({ inputs, outputs }: CloudObject, marked: Properties): Properties {
  return withSecrets({ ...inputs, ...outputs }, secretKeys(marked));
}

/** Makes an error without a stack, which @pulumi/pulumi/provider would print: only its message reaches the user. */
function refusal(message: string): Error {
  return Object.assign(new Error(message), { stack: "" });
}

function valuesOf(value: unknown, property: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === property ? [item].flat().filter((name) => typeof name === "string") : valuesOf(item, property),
  );
}

function randomId(prefix: string): string {
  return `${prefix}-0${digest(crypto.randomUUID()).slice(0, 16)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function typeOf(urn: string): string {
  const types = urn.split("::")[2] ?? "";
  return types.slice(types.lastIndexOf("$") + 1);
}

const nameOf = (urn: string) => urn.slice(urn.lastIndexOf("::") + 2);
