import { Address4 } from "ip-address";
import type { Properties } from "../../../provider/values.ts";
import { cidrOf, interfacesOf, poolStart } from "./addresses.ts";
import { byType, type Cloud } from "./cloud.ts";
import type { CloudObject, ObjectKey, ObjectStore } from "./store.ts";

/** Range of a subnet's addresses, given out from `start` where it names a pool. */
interface Block {
  cidr: string;
  start?: Address4;
}

/** Index of who holds which id, name and address, and who refers to whom: one look-up for an answer, however many there are. */
export class Ledger {
  private readonly cloud: Cloud;
  private readonly store: ObjectStore;
  private readonly holders = new Map<string, Map<string, ObjectKey>>();
  private readonly nextHost = new Map<string, bigint>();
  private readonly blocks = new Map<string, Block>();

  constructor(cloud: Cloud, store: ObjectStore) {
    this.cloud = cloud;
    this.store = store;
    for (const object of store.list()) this.add(object);
  }

  add(object: CloudObject): void {
    for (const claim of this.claims(object)) {
      const holders = this.holders.get(claim) ?? new Map<string, ObjectKey>();
      holders.set(keyText(object), { type: object.type, id: object.id });
      this.holders.set(claim, holders);
    }
  }

  drop(object: CloudObject): void {
    for (const claim of this.claims(object)) {
      const holders = this.holders.get(claim);
      holders?.delete(keyText(object));
      if (holders?.size === 0) this.holders.delete(claim);
    }
  }

  /** Gives the holders of a claim, without those that another process has removed since. */
  holdersOf(claim: string): ObjectKey[] {
    return [...(this.holders.get(claim)?.values() ?? [])].filter((key) => this.store.has(key));
  }

  ofType(type: string): ObjectKey[] {
    return this.holdersOf(`type ${type}`);
  }

  withId(id: string): ObjectKey | undefined {
    return this.holdersOf(`id ${this.identity(id)}`)[0];
  }

  withSameName(object: CloudObject): ObjectKey | undefined {
    const claim = this.uniqueClaim(object);
    return claim ? this.holdersOf(claim)[0] : undefined;
  }

  /** Gives the objects that the cloud deletes together with it. */
  goingWith({ id }: CloudObject): CloudObject[] {
    const referrers = this.holdersOf(`refers ${this.identity(id)}`).flatMap((key) => this.store.get(key) ?? []);
    return referrers.filter(({ type, inputs }) =>
      byType(this.cloud.types, type)?.goesWith?.some((property) => inputs[property] === id),
    );
  }

  /** Gives the objects that refer to it, without those that are deleted with it. */
  referrersOf(object: CloudObject, goAlong: CloudObject[]): CloudObject[] {
    const besides = new Set([object, ...goAlong].map(keyText));
    const own = [this.identity(object.id), ...this.references(object.outputs, object.id)];
    return own
      .filter((id, index) => index === 0 || !this.isOfAnother(id, object))
      .flatMap((id) => this.holdersOf(`refers ${id}`))
      .filter((key) => !besides.has(keyText(key)))
      .flatMap((key) => this.store.get(key) ?? []);
  }

  holderOfAddress(subnet: string, address: string): ObjectKey | undefined {
    return this.holdersOf(addressClaim(this.identity(subnet), address))[0];
  }

  /** Gives the lowest host of a subnet (or of a network's first one) that nobody holds, after those every cloud keeps. */
  freeAddress(id: string): string {
    const subnet = this.blocks.get(id) ?? this.subnet(id);
    if (!subnet) throw new Error(`${id} has no addresses to give`);
    this.blocks.set(id, subnet);
    const network = new Address4(subnet.cidr);
    const last = network.endAddress().bigInt();
    let host = this.nextHost.get(id) ?? subnet.start?.bigInt() ?? network.startAddress().bigInt() + 4n;
    while (host < last && this.holderOfAddress(id, textOf(host))) host++;
    if (host >= last) throw new Error(`no free address in ${subnet.cidr}`);
    this.nextHost.set(id, host + 1n);
    return textOf(host);
  }

  private subnet(id: string): Block | undefined {
    const given = this.cloud.givenNetworks?.[id];
    if (given) return { cidr: given };
    const key = this.withId(id);
    const own = key && (this.blockOf(key) ?? this.blockWithin(key, id));
    if (own || !key) return own;
    for (const referrer of this.holdersOf(`refers ${this.identity(id)}`)) {
      const block = this.blockOf(referrer);
      if (block) return block;
    }
    return undefined;
  }

  /** Gives the block of a subnet that is a part of its network. */
  private blockWithin(key: ObjectKey, id: string): Block | undefined {
    const parts = Object.values(this.store.get(key)?.outputs ?? {}).flat() as (Properties | null)[];
    const part = parts.find((each) => each?.id === id);
    const cidr = part ? cidrOf(part) : undefined;
    return cidr === undefined ? undefined : { cidr };
  }

  private blockOf(key: ObjectKey): Block | undefined {
    const inputs = this.store.get(key)?.inputs ?? {};
    const [cidr, start] = [cidrOf(inputs), poolStart(inputs)];
    return cidr === undefined ? undefined : { cidr, start: start === undefined ? undefined : new Address4(start) };
  }

  /** Finds objects by id or by name. */
  named(name: string): ObjectKey[] {
    return [...this.holdersOf(`id ${this.identity(name)}`), ...this.holdersOf(`named ${name}`)];
  }

  /** Gives the ids that the inputs name, other than the object's own. */
  references(inputs: Properties, ownId = ""): string[] {
    const own = this.identity(ownId);
    const found = texts(inputs).flatMap((text) => this.cloud.reference(text, this.cloud) ?? []);
    return [...new Set(found)].filter((id) => id !== own);
  }

  private claims(object: CloudObject): string[] {
    const unique = this.uniqueClaim(object);
    const references = this.references(object.inputs, object.id);
    // Ids of what is made together with an object, such as a network's default security group.
    const brought = this.references(object.outputs, object.id).filter((id) => !references.includes(id));
    const named = ["name", "keyName"].flatMap((key) => object.inputs[key] ?? object.outputs[key] ?? []);
    return [
      `type ${object.type}`,
      `id ${this.identity(object.id)}`,
      ...named.map((name) => `named ${name}`),
      ...brought.map((id) => `id ${id}`),
      ...references.map((id) => `refers ${id}`),
      ...(unique ? [unique] : []),
      ...this.addresses(object).map(({ subnet, address }) => addressClaim(this.identity(subnet), address)),
    ];
  }

  private addresses({ type, inputs, outputs }: CloudObject): { subnet: string; address: string }[] {
    const places = byType(this.cloud.types, type)?.addresses ?? [];
    const properties = { ...inputs, ...outputs };
    return places
      .flatMap((place) => interfacesOf(properties, place))
      .flatMap(({ subnet, addresses }) => addresses.map((address) => ({ subnet, address })));
  }

  private uniqueClaim({ type, inputs }: CloudObject): string | undefined {
    const unique = byType(this.cloud.types, type)?.unique;
    const values = unique?.map((key) => inputs[key]);
    return values?.every((value) => value !== undefined) ? `unique ${type} ${JSON.stringify(values)}` : undefined;
  }

  private isOfAnother(id: string, object: CloudObject): boolean {
    return this.holdersOf(`id ${id}`).some((key) => keyText(key) !== keyText(object));
  }

  private identity(id: string): string {
    return this.cloud.reference(id, this.cloud) ?? id;
  }
}

export function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}

const textOf = (host: bigint) => Address4.fromBigInt(host).correctForm();
const keyText = ({ type, id }: ObjectKey) => `${type} ${id}`;
const addressClaim = (subnet: string, address: string) => `address ${subnet} ${address}`;
