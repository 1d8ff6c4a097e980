import { objectsOf, type Properties, portsOf, textsOf } from "./properties.ts";

/** What policies judge of a resource. Every type of resource tells each aspect or says why it does not apply. */
export interface Aspects {
  /** Who may reach what is behind it. */
  inflows(properties: Properties): ResourceInflow[];
  /** Paths of the properties that give it a public address; the empty path where it is one itself. */
  publicAddress(properties: Properties): string[];
  /** Disks of it that are not encrypted. */
  encryption(properties: Properties, purpose: Purpose): Shortcoming[];
  /** Whether it keeps data that no `up` may remove. */
  protection(properties: Properties): boolean;
  /** Names of its tags. */
  tags(properties: Properties): PropertyTexts;
  /** Where the cloud makes it. */
  region(properties: Properties): PropertyTexts;
  /** How its metadata service gives credentials to whoever asks without a token. */
  metadataToken(properties: Properties): Shortcoming[];
}

export type Aspect = keyof Aspects;

export const aspects: readonly Aspect[] = [
  "inflows",
  "publicAddress",
  "encryption",
  "protection",
  "tags",
  "region",
  "metadataToken",
];

type Purpose = "development" | "operation";

/** What a cloud's own resource lets in. */
export interface ResourceInflow {
  /** Property that says so. */
  path: string;
  source: string;
  fromPort: number;
  toPort: number;
}

/** A property that is not as it has to be. */
export interface Shortcoming {
  path: string;
  /** What stands there; absent where nothing does. */
  value?: unknown;
  message: string;
}

export interface PropertyTexts {
  path: string;
  texts: string[];
}

/** Why an aspect cannot be wrong with any resource of a type. */
export interface NotApplicable {
  because: string;
}

type Judged<A extends Aspect> = Aspects[A] | NotApplicable;

/** What policies know of a type of resource. */
export type ResourceType = { [A in Aspect]?: Judged<A> } & {
  /** Why the aspects that are not named do not apply. */
  otherwise: string;
  /** Why the type is told though no adapter registers it. */
  unregistered?: string;
};

/** By Pulumi's type token. */
export type ResourceTypes = Readonly<Record<string, ResourceType>>;

/** How an aspect is read from a resource's properties; undefined where it does not apply. */
export function readerOf<A extends Aspect>(type: ResourceType | undefined, aspect: A): Aspects[A] | undefined {
  const judged = type?.[aspect];
  return typeof judged === "function" ? (judged as Aspects[A]) : undefined;
}

/** Why an aspect does not apply; undefined where it does. */
export function reasonOf(type: ResourceType, aspect: Aspect): string | undefined {
  const judged = type[aspect];
  if (typeof judged === "function") return undefined;
  return judged?.because ?? type.otherwise;
}

export const because = (reason: string): NotApplicable => ({ because: reason });

type MachineAspect = "publicAddress" | "encryption" | "tags" | "metadataToken";

/** Each aspect of a machine has to be told: `otherwise` covers only what machines never have. */
export const machine = (told: { [A in MachineAspect]: Judged<A> }): ResourceType => ({
  ...told,
  otherwise: "a machine's firewall and data disk are resources of their own, its region is the provider's",
});

export const dataDisk = (encryption: Judged<"encryption">): ResourceType => ({
  encryption,
  protection: () => true,
  otherwise: "a disk lets nobody in and is counted with its machine",
});

export const firewall = (inflows: Aspects["inflows"]): ResourceType => ({
  inflows,
  otherwise: "a firewall has no address, no disk and no region of its own",
});

/** `paths`: by default it is a public address whatever its properties say. */
export const publicAddress = (paths: Aspects["publicAddress"] = () => [""]): ResourceType => ({
  publicAddress: paths,
  otherwise: "who may come in by the address is for the firewall to say; it keeps nothing",
});

export const cloudProvider = (region: Judged<"region">): ResourceType => ({
  region,
  otherwise: "a provider makes nothing itself: it says where and as whom the cloud is asked",
});

/** A load balancer whose security group is a resource of its own. */
export const groupedLoadBalancer = (paths: Judged<"publicAddress">): ResourceType => ({
  publicAddress: paths,
  otherwise: "the load balancer's security group says who may come in; it keeps nothing",
});

/** Types of which no aspect can be wrong, for one reason. */
export const alike = (otherwise: string, types: readonly string[]): ResourceTypes =>
  Object.fromEntries(types.map((type) => [type, { otherwise }]));

/** Types of a bridged Terraform provider, by their names: `ibm:index/isVpc:IsVpc` for `IsVpc`. */
export const bridgedTypes =
  (provider: string) =>
  (...names: string[]): string[] =>
    names.map((name) => `${provider}:index/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`);

/** Reasons that clouds share. */
export const reasons = {
  network: "it lays out the network: what may come in is for firewalls and public addresses to say",
  wayOut: "it lets machines out and nobody in",
  group: "it is a name for machines: its rules are resources of their own",
  tie: "it ties resources together that are judged themselves",
  placement: "it keeps machines on hosts of their own",
  key: "it is a public key",
  right: "it is a right within the cloud's API, without address or disk",
  loadBalancing: "it passes on what its load balancer was let have",
} as const;

export const flows = (path: string, sources: unknown, ranges: unknown[]): ResourceInflow[] =>
  textsOf(sources).flatMap((source) =>
    (ranges.length > 0 ? ranges : [undefined]).map((range) => ({ path, source, ...portsOf(range) })),
  );

export const flowsBetween = (path: string, sources: unknown, from: unknown, to: unknown): ResourceInflow[] =>
  textsOf(sources).map((source) => ({ path, source, ...portsOf(from, to) }));

/** The path, where the property is as told. */
export const pathWhere =
  (path: string, holds: (value: unknown) => boolean): Aspects["publicAddress"] =>
  (properties) =>
    holds(properties[path]) ? [path] : [];

/** The disk that a property must have encrypted: clouds encrypt it on demand only, so that an absent one is not. */
export const encryptedBy =
  (path: string): Aspects["encryption"] =>
  (properties) =>
    properties[path] === true ? [] : [{ path, value: properties[path], message: "the disk is not encrypted" }];

/** Tags that are an object, by their names. */
export const tagNames =
  (path: string): Aspects["tags"] =>
  (properties) => ({ path, texts: Object.keys(objectsOf(properties[path])[0] ?? {}) });

export const textAt =
  (path: string): Aspects["region"] =>
  (properties) => ({ path, texts: textsOf(properties[path]) });
