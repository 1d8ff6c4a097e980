import type { Properties } from "../../../provider/values.ts";
import type { CloudObject } from "./store.ts";

/** What a simulated cloud knows of itself: everything else follows from the SDK's declarations. */
export interface Cloud {
  /** npm package that declares its resources; none where a file of declarations is given instead. */
  sdk?: string;
  /** By the end of Pulumi's type token, such as `ec2/vpc:Vpc` or `Vpc`. */
  types: Record<string, TypeFacts>;
  /** An id for what has none of its own in `types`. */
  newId(type: string, inputs: Properties, name: string): string;
  /** The identity of the object a text names, or nothing where it names none: then it is not checked. */
  reference(text: string, cloud: Cloud): string | undefined;
  /** Properties that hold the name of an object, by the end of the type that must exist under that id or name. */
  namedReferences?: Record<string, string>;
  /** Ranges of which networks that were there before anything was made give addresses, by their ids. */
  givenNetworks?: Record<string, string>;
  /** Properties inside others that the cloud fills in where the inputs leave them out. */
  fills?: string[];
  /** Answers of data sources by the end of their token. */
  invokes: Record<string, (args: Properties, objects: () => CloudObject[]) => Properties | Promise<Properties>>;
  /** How it tells its refusals. */
  refusal: Refusals;
}

export interface TypeFacts {
  /** Ids are `<prefix>-<random>`, the cloud's own way. */
  idPrefix?: string;
  /** Where the id follows from the inputs, two of the same are a conflict. */
  id?: (inputs: Properties, name: string) => string;
  /** Outputs that the cloud decides; `random` is the object's own, the same each time, `look` gives another's properties. */
  outputs?: (object: CloudObject, random: string, look: (id: unknown) => Properties) => Properties;
  /** The input that is its name. @default name */
  nameInput?: string;
  /** Properties whose change makes a new object, besides those whose documentation says so. */
  replaceOn?: string[];
  /** Properties that are changed in place although their documentation reads otherwise. */
  inPlace?: string[];
  /** No two objects of the type have the same values of these. */
  unique?: string[];
  /** To create it again with the same values of these gives the one that is there. */
  sameAgain?: string[];
  /** Where its inputs name a subnet, and the address that the object has there. */
  addresses?: AddressPlace[];
  /** What the texts of its properties must be like. */
  patterns?: Record<string, RegExp>;
  /** Why the cloud would not have it so, in its words; `look` gives another's properties. */
  refuses?: (
    object: CloudObject,
    look: (id: unknown) => Properties,
    objects: () => CloudObject[],
  ) => string | undefined;
  /** Deleted although others refer to it. */
  deletableInUse?: boolean;
  /** Properties that name what it goes with: the cloud deletes it together with that. */
  goesWith?: string[];
  /** Properties of an update that asks for a new object of it anyway. */
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

/** What a refusal is about: `kind` is the type's short name. */
export interface Refusals {
  missing(kind: string, id: string): string;
  inUse(kind: string, id: string, by: CloudObject): string;
  exists(kind: string, id: string): string;
  addressInUse(address: string): string;
  quota(kind: string, limit: number): string;
  throttled(status: number): string;
  failed(kind: string): string;
}

/** Whether a token is the one that an ending names: whole words only. */
export function isType(type: string, ending: string): boolean {
  return type === ending || type.endsWith(`:${ending}`) || type.endsWith(`/${ending}`);
}

/** The longest ending wins: `ec2/instance:Instance` before `Instance`. */
export function byType<T>(table: Record<string, T>, type: string): T | undefined {
  const ending = Object.keys(table)
    .filter((candidate) => isType(type, candidate))
    .sort((a, b) => b.length - a.length)[0];
  return ending === undefined ? undefined : table[ending];
}

export function shortName(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}
