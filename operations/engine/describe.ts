/** A resource in the user's words. */
export interface Described {
  label: string;
  /** True where it is worth a line of its own when it is done; keys, certificates and components are only counted. */
  notable: boolean;
  /** Word for its creation. @default "created" */
  created?: string;
  /** Name of the machine it is about. */
  machine?: string;
  /** The machine is ready once this is. */
  readies?: boolean;
}

type Inputs = Record<string, unknown>;

const quiet = [
  "CertificateAuthority",
  "Certificate",
  "KeyPair",
  "PackageSource",
  "Pinned",
  "PlatformRecord",
  "RandomSecret",
];

const descriptions: Record<string, (urn: string, inputs: Inputs) => Described> = {
  "kpaas:index:MachineFiles": (urn, inputs) => ({
    ...ofMachine("files of", machineName(urn, inputs)),
    created: "delivered",
  }),
  "kpaas:index:Node": (urn, inputs) => {
    const machine = text(inputs.nodeName, resourceName(urn)).replace(`${stackName(urn)}-`, "");
    return { ...ofMachine("node", machine), created: "is Ready", readies: true };
  },
  "kpaas:index:FirstBoot": (urn, inputs) => ({
    ...ofMachine("first boot of", machineName(urn, inputs)),
    created: "has ended",
    readies: true,
  }),
  "kpaas:index:RegistryImages": () => ({ ...loud("images of the platform's registry"), created: "are there" }),
  "kpaas:index:PackageRepository": () => ({ ...loud("packages of the machines"), created: "are there" }),
  "kpaas:local:ContainerEngine": () => ({ ...loud("container engine"), created: "is there" }),
  "kpaas:local:MachineImage": (urn, inputs) => ({
    ...loud(`${text(inputs.flavor, resourceName(urn))} image`),
    created: "is there",
  }),
  "kpaas:local:Network": (urn, inputs) => loud(`network ${text(inputs.networkName, resourceName(urn))}`),
  "kpaas:local:Volume": (urn, inputs) => loud(`volume ${text(inputs.volumeName, resourceName(urn))}`),
  "kpaas:local:PublishedPorts": (urn) => ({ label: `host ports of ${resourceName(urn)}`, notable: false }),
  "kpaas:local:Machine": (urn, inputs) => ofMachine("machine", machineName(urn, inputs)),
};

/**
 * Describes a resource in words. Those of types that are not known here are called by the last part of their type and their name.
 */
export function describeResource(urn: string, type: string, inputs: Inputs = {}, custom = true): Described {
  const known = descriptions[type];
  if (known) return known(urn, inputs);
  const kind = type.split(":").at(-1) ?? type;
  return {
    label: `${words(kind)} ${resourceName(urn)}`,
    notable: custom && !quiet.includes(kind) && !type.startsWith("pulumi:"),
  };
}

/** Gives the last part of a URN: the resource's name in the program. */
export const resourceName = (urn: string): string => urn.split("::").at(-1) ?? urn;

const stackName = (urn: string): string => urn.split(":")[2] ?? "";

const machineName = (urn: string, inputs: Inputs): string => text(inputs.machineName, resourceName(urn));

const loud = (label: string): Described => ({ label, notable: true });

const ofMachine = (what: string, machine: string): Described => ({ ...loud(`${what} ${machine}`), machine });

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

/** Splits a type's name: `LoadBalancer` -> `load balancer` */
const words = (kind: string): string => kind.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
