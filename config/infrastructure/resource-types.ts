import { objectsOf, type Properties, portsOf, textsOf } from "./properties.ts";

/** Aspects of a resource that policies judge. Every type of resource tells each aspect or says why it does not apply. */
export interface Aspects {
  /** Gives who may reach what is behind it. */
  inflows(properties: Properties): ResourceInflow[];
  /** Gives the paths of the properties that give it a public address; the empty path where it is one itself. */
  publicAddress(properties: Properties): string[];
  /** Gives its disks that are not encrypted. */
  encryption(properties: Properties, purpose: Purpose): Shortcoming[];
  /** Tells whether it keeps data that no `up` may remove. */
  protection(properties: Properties): boolean;
  /** Gives the names of its tags. */
  tags(properties: Properties): PropertyTexts;
  /** Gives the region in which the cloud makes it. */
  region(properties: Properties): PropertyTexts;
  /** Gives the properties by which its metadata service gives credentials to whoever asks without a token. */
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

/** Connections that a cloud's own resource lets in. */
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
  /** Value that stands there; absent where none does. */
  value?: unknown;
  message: string;
}

export interface PropertyTexts {
  path: string;
  texts: string[];
}

/** Reason why an aspect cannot be wrong with any resource of a type. */
export interface NotApplicable {
  because: string;
}

type Judged<A extends Aspect> = Aspects[A] | NotApplicable;

/** A type of resource as policies know it. */
export type ResourceType = { [A in Aspect]?: Judged<A> } & {
  /** Reason why the aspects that are not named do not apply. */
  otherwise: string;
  /** Reason why the type is listed though no adapter registers it. */
  unregistered?: string;
};

/** Resource types by Pulumi's type token. */
export type ResourceTypes = Readonly<Record<string, ResourceType>>;

/** Gives the function that reads an aspect from a resource's properties; undefined where it does not apply. */
export function readerOf<A extends Aspect>(type: ResourceType | undefined, aspect: A): Aspects[A] | undefined {
  const judged = type?.[aspect];
  return typeof judged === "function" ? (judged as Aspects[A]) : undefined;
}

/** Gives the reason why an aspect does not apply; undefined where it does. */
export function reasonOf(type: ResourceType, aspect: Aspect): string | undefined {
  const judged = type[aspect];
  if (typeof judged === "function") return undefined;
  return judged?.because ?? type.otherwise;
}

export const because = (reason: string): NotApplicable => ({ because: reason });

type MachineAspect = "publicAddress" | "encryption" | "tags" | "metadataToken";

/** Describes the type of a machine. Each of these aspects has to be told: `otherwise` covers only what machines never have. */
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

/** Describes the type of a public address. `paths`: by default it is a public address whatever its properties say. */
export const publicAddress = (paths: Aspects["publicAddress"] = () => [""]): ResourceType => ({
  publicAddress: paths,
  otherwise: "who may come in by the address is for the firewall to say; it keeps nothing",
});

export const cloudProvider = (region: Judged<"region">): ResourceType => ({
  region,
  otherwise: "a provider makes nothing itself: it says where and as whom the cloud is asked",
});

/** Describes the type of a load balancer whose security group is a resource of its own. */
export const groupedLoadBalancer = (paths: Judged<"publicAddress">): ResourceType => ({
  publicAddress: paths,
  otherwise: "the load balancer's security group says who may come in; it keeps nothing",
});

/** Describes types of which no aspect can be wrong, for one reason. */
export const alike = (otherwise: string, types: readonly string[]): ResourceTypes =>
  Object.fromEntries(types.map((type) => [type, { otherwise }]));

/** Gives types of a bridged Terraform provider, by their names: `ibm:index/isVpc:IsVpc` for `IsVpc`. */
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

/** Gives the path of a property where `holds` is true of its value. */
export const pathWhere =
  (path: string, holds: (value: unknown) => boolean): Aspects["publicAddress"] =>
  (properties) =>
    holds(properties[path]) ? [path] : [];

/** Reads encryption from a property that must be true: clouds encrypt the disk on demand only, so that an absent one means no. */
export const encryptedBy =
  (path: string): Aspects["encryption"] =>
  (properties) =>
    properties[path] === true ? [] : [{ path, value: properties[path], message: "the disk is not encrypted" }];

/** Reads the names of tags that are an object. */
export const tagNames =
  (path: string): Aspects["tags"] =>
  (properties) => ({ path, texts: Object.keys(objectsOf(properties[path])[0] ?? {}) });

export const textAt =
  (path: string): Aspects["region"] =>
  (properties) => ({ path, texts: textsOf(properties[path]) });
