import type { Properties } from "../../../provider/values.ts";
import type { CloudObject } from "./store.ts";

/** Facts of a simulated cloud; everything else follows from the SDK's declarations. */
export interface Cloud {
  /** npm package that declares its resources; none where a file of declarations is given instead. */
  sdk?: string;
  /** Facts of types, by the end of Pulumi's type token, such as `ec2/vpc:Vpc` or `Vpc`. */
  types: Record<string, TypeFacts>;
  /** Gives an id to what has none of its own in `types`. */
  newId(type: string, inputs: Properties, name: string): string;
  /** Gives the identity of the object that a text names, or nothing where it names none: then it is not checked. */
  reference(text: string, cloud: Cloud): string | undefined;
  /** Properties that hold the name of an object, by the end of the type that must exist under that id or name. */
  namedReferences?: Record<string, string>;
  /** Address ranges of networks that were there before anything was made, by their ids. */
  givenNetworks?: Record<string, string>;
  /** Properties inside others that the cloud fills in where the inputs leave them out. */
  fills?: string[];
  /** Answers of data sources by the end of their token. */
  invokes: Record<string, (args: Properties, objects: () => CloudObject[]) => Properties | Promise<Properties>>;
  /** Its refusals in its own words. */
  refusal: Refusals;
}

export interface TypeFacts {
  /** Ids are `<prefix>-<random>`, the cloud's own way. */
  idPrefix?: string;
  /** Gives the id where it follows from the inputs; two of the same are a conflict. */
  id?: (inputs: Properties, name: string) => string;
  /** Gives the cloud's own outputs; `random` is the object's own, the same each time, `look` gives another's properties. */
  outputs?: (object: CloudObject, random: string, look: (id: unknown) => Properties) => Properties;
  /** Parts that the cloud adds within inputs, by these; a preview of a new object knows it as little as all else that is added. */
  addsWithin?: Record<string, string[]>;
  /** The input that is its name. @default name */
  nameInput?: string;
  /** Properties whose change makes a new object, besides those whose documentation says so. */
  replaceOn?: string[];
  /** Properties that are changed in place although their documentation reads otherwise, but for `replaceWhen`. */
  inPlace?: string[];
  /** Properties of which no two objects of the type have the same values. */
  unique?: string[];
  /** Properties with whose same values a second create gives the object that is there. */
  sameAgain?: string[];
  /** Properties that name a subnet, and the address that the object has there. */
  addresses?: AddressPlace[];
  /** Patterns that the texts of its properties must match. */
  patterns?: Record<string, RegExp>;
  /** Gives the reason, in the cloud's words, why it refuses the object; `look` gives another's properties. */
  refuses?: (
    object: CloudObject,
    look: (id: unknown) => Properties,
    objects: () => CloudObject[],
  ) => string | undefined;
  /** The cloud deletes it although others refer to it. */
  deletableInUse?: boolean;
  /** Properties that name its owner: the cloud deletes it together with that. */
  goesWith?: string[];
  /** Gives the properties of an update that asks for a new object anyway. */
  replaceWhen?: (inputs: Properties, changed: string[]) => string[];
}

export interface AddressPlace {
  /** Top-level property that holds it. @default any */
  within?: string;
  subnet: string;
  address: string;
  /** `address` is a list. */
  list?: boolean;
  /** An object with this property has its address by that, not by a subnet. */
  unless?: string;
  /** Property of the part that names the subnet, in which `address` is. @default the part itself */
  inside?: string;
}

/** Texts of refusals; `kind` is the type's short name. */
export interface Refusals {
  missing(kind: string, id: string): string;
  inUse(kind: string, id: string, by: CloudObject): string;
  exists(kind: string, id: string): string;
  addressInUse(address: string): string;
  quota(kind: string, limit: number): string;
  throttled(status: number): string;
  failed(kind: string): string;
}

/** Tells whether a token is the one that an ending names: whole words only. */
export function isType(type: string, ending: string): boolean {
  return type === ending || type.endsWith(`:${ending}`) || type.endsWith(`/${ending}`);
}

/** Finds a type's facts. The longest ending wins: `ec2/instance:Instance` before `Instance`. */
export function byType<T>(table: Record<string, T>, type: string): T | undefined {
  const ending = Object.keys(table)
    .filter((candidate) => isType(type, candidate))
    .sort((a, b) => b.length - a.length)[0];
  return ending === undefined ? undefined : table[ending];
}

export function shortName(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}
