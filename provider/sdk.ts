import * as pulumi from "@pulumi/pulumi";

export * from "./sdk-local.ts";

/**
 * The provider of all resources below, made by a program for itself: the engine would give a default provider the project's
 * configuration, which bears the same name, and so change it with every change of the environment.
 */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, opts?: pulumi.ResourceOptions) {
    super("kpaas", name, {}, opts);
  }
}

/** Way by which the installer reaches a machine. `local` machines are containers; clouds' machines answer SSH. */
export type Connection = { kind: "container"; container: string } | SshConnection;

/** One way in by SSH, straight or through a bastion that takes the same key. */
export interface SshConnection extends SshHost {
  kind: "ssh";
  /** Private key in OpenSSH's format. Secret. */
  privateKeyPem: string;
  bastion?: SshHost;
}

export interface SshHost {
  host: string;
  /** @default 22 */
  port?: number;
  /** User that may use sudo without a password. */
  user: string;
  /**
   * The machine's id at its cloud. A machine made anew at the same address is another host, with host keys of its own;
   * without the id it would count as an impostor.
   */
  hostId?: string;
}

/** @default 3650 days of validity */
export interface CertificateAuthorityArgs {
  commonName: string;
  validityDays?: number;
}

/** A self-signed CA, ECDSA P-256. Never renewed silently: clients pin it. */
export class CertificateAuthority extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:CertificateAuthority";
  declare readonly certPem: pulumi.Output<string>;
  declare readonly keyPem: pulumi.Output<string>;
  /** `sha256:<hex>` of the SubjectPublicKeyInfo, as `kubeadm join --discovery-token-ca-cert-hash` wants it. */
  declare readonly publicKeyPin: pulumi.Output<string>;
  /** End of validity, RFC 3339. */
  declare readonly notAfter: pulumi.Output<string>;

  constructor(name: string, args: CertificateAuthorityArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      CertificateAuthority.__pulumiType,
      name,
      { ...args, certPem: undefined, keyPem: undefined, publicKeyPin: undefined, notAfter: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["keyPem"] }),
    );
  }
}

export interface CertificateArgs {
  caCertPem: pulumi.Input<string>;
  caKeyPem: pulumi.Input<string>;
  commonName: string;
  organizations?: string[];
  dnsNames?: string[];
  ipAddresses?: string[];
  usages: ("server" | "client")[];
  /** @default 365 */
  validityDays?: number;
  /** Days before the end of validity from which an `up` makes a new certificate. @default 90 */
  renewBeforeDays?: number;
}

/** A key (ECDSA P-256) and a certificate signed by a CA, renewed by the first `up` inside the renewal window. */
export class Certificate extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:Certificate";
  declare readonly commonName: pulumi.Output<string>;
  declare readonly validityDays: pulumi.Output<number | undefined>;
  declare readonly certPem: pulumi.Output<string>;
  declare readonly keyPem: pulumi.Output<string>;
  /** End of validity, RFC 3339. */
  declare readonly notAfter: pulumi.Output<string>;

  constructor(name: string, args: CertificateArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      Certificate.__pulumiType,
      name,
      {
        ...args,
        caKeyPem: pulumi.secret(args.caKeyPem),
        certPem: undefined,
        keyPem: undefined,
        notAfter: undefined,
      },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["keyPem", "caKeyPem"] }),
    );
  }
}

/** RSA 2048 key pair: signs and verifies Kubernetes service-account tokens. */
export class KeyPair extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:KeyPair";
  declare readonly privateKeyPem: pulumi.Output<string>;
  declare readonly publicKeyPem: pulumi.Output<string>;

  constructor(name: string, args: Record<string, never>, opts?: pulumi.CustomResourceOptions) {
    super(
      KeyPair.__pulumiType,
      name,
      { ...args, privateKeyPem: undefined, publicKeyPem: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["privateKeyPem"] }),
    );
  }
}

/** Ed25519 key pair of the installer: the key by which it and operators enter machines. */
export class SshKeyPair extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:SshKeyPair";
  /** OpenSSH's own format. */
  declare readonly privateKeyPem: pulumi.Output<string>;
  /** `ssh-ed25519 AAAA... kpaas-<environment>`, as authorized_keys has it. */
  declare readonly publicKeyOpenSsh: pulumi.Output<string>;

  constructor(name: string, args: Record<string, never>, opts?: pulumi.CustomResourceOptions) {
    super(
      SshKeyPair.__pulumiType,
      name,
      { ...args, privateKeyPem: undefined, publicKeyOpenSsh: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["privateKeyPem"] }),
    );
  }
}

export interface RandomSecretArgs {
  /** Bytes of entropy. @default 24 */
  bytes?: number;
  /** Number whose change makes a new value. @default 1 */
  generation?: number;
}

/** A random value from the operating system, base64url without padding: a password, token seed or encryption key. */
export class RandomSecret extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:RandomSecret";
  declare readonly value: pulumi.Output<string>;

  constructor(name: string, args: RandomSecretArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      RandomSecret.__pulumiType,
      name,
      { ...args, value: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["value"] }),
    );
  }
}

export interface PinnedArgs {
  /** The present value; it counts when the generation rises. */
  pinned: pulumi.Input<string>;
  /** Number to raise to let the present value through. */
  generation: number;
}

/**
 * A value as it was when its generation began. Machines are made from pinned values, so that a newer image does not replace them
 * by itself.
 */
export class Pinned extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:Pinned";
  declare readonly pinned: pulumi.Output<string>;
  /** Time at which the value was pinned, RFC 3339. */
  declare readonly since: pulumi.Output<string>;

  constructor(name: string, args: PinnedArgs, opts?: pulumi.CustomResourceOptions) {
    super(Pinned.__pulumiType, name, { ...args, since: undefined }, opts);
  }
}

/** A file that a machine is delivered, owned by root. */
export interface MachineFile {
  /** Absolute. */
  path: string;
  content: string;
  /** @default "0644" */
  permissions?: string;
}

export interface MachineFilesArgs {
  /** Id of the machine; when it changes, the files are delivered again. */
  machineId: pulumi.Input<string>;
  machineName: string;
  connection: pulumi.Input<Connection>;
  /** All of the machine's files. Secret. */
  files: pulumi.Input<MachineFile[]>;
  /** @default 120 */
  timeoutSeconds?: number;
}

/**
 * Files that make a machine what it is, secrets among them: they travel over the installer's own connection, and the machine
 * applies them by its first boot, at once and in place. A change of them replaces nothing. The provider adds an input of its own,
 * `packages`: the security updates that `./kpaas maintain` has asked the machine for.
 */
export class MachineFiles extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:MachineFiles";
  /** Digest of the files, by which the machine tells what it has applied. */
  declare readonly revision: pulumi.Output<string>;

  constructor(name: string, args: MachineFilesArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      MachineFiles.__pulumiType,
      name,
      { ...args, files: pulumi.secret(args.files), revision: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["files"] }),
    );
  }
}

/** An image that the platform's registry is to have. */
export interface RegistryImage {
  /** Upstream's name: `docker.io/library/busybox:1.36`. */
  reference: string;
  host: string;
  /** Its place in the registry. */
  repository: string;
  tag: string;
}

/** A registry that the installer asks for images. */
export interface RegistryOrigin {
  /** Address below which its repositories are: `https://registry-1.docker.io/v2`. */
  base: string;
  /** Authority that vouches for it, besides the public ones. */
  caCertPem?: string;
  login?: { name: string; password: string };
}

export interface RegistryImagesArgs {
  /** Id of the registry's machine; when it changes, all images are looked for again. */
  machineId: pulumi.Input<string>;
  machineName: string;
  connection: pulumi.Input<Connection>;
  /** The registry as its machine serves it, and a login that may push. */
  registry: { name: string; user: string; password: pulumi.Input<string>; caCertPem: pulumi.Input<string> };
  images: RegistryImage[];
  /** Registries by the host in images' names, in the order in which they are asked. */
  origins: pulumi.Input<Record<string, RegistryOrigin[]>>;
}

/**
 * Images that the platform's registry has: copied there over the installer's own connection from where this machine has them, a registry
 * or a folder. What is there is not copied again; an image that has gone is copied anew by the next `up`. None is ever removed.
 */
export class RegistryImages extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:RegistryImages";
  /** References of images that the registry was seen without. */
  declare readonly missing: pulumi.Output<string[]>;

  constructor(name: string, args: RegistryImagesArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      RegistryImages.__pulumiType,
      name,
      { ...args, registry: pulumi.secret(args.registry), origins: pulumi.secret(args.origins), missing: undefined },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["registry", "origins"] }),
    );
  }
}

export interface PackageSourceArgs {
  /** Names of all packages that machines install. */
  packages: string[];
}

/**
 * The repository that machines take packages from: of the bundle in use, else of the one that was in use last. A run without a bundle
 * changes nothing; the first one is refused.
 */
export class PackageSource extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:PackageSource";
  /** Release that its packages are of. */
  declare readonly suite: pulumi.Output<string>;
  /** Armoured OpenPGP key that signs it. */
  declare readonly publicKey: pulumi.Output<string>;
  /** Digest over all of its files. */
  declare readonly revision: pulumi.Output<string>;

  constructor(name: string, args: PackageSourceArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      PackageSource.__pulumiType,
      name,
      { ...args, suite: undefined, publicKey: undefined, revision: undefined },
      opts,
    );
  }
}

export interface PackageRepositoryArgs {
  /** Id of the machine that serves it; when it changes, all is looked for again. */
  machineId: pulumi.Input<string>;
  machineName: string;
  connection: pulumi.Input<Connection>;
  /** Folder on the machine, on its data disk. */
  folder: string;
  /** Revision that it is to have. */
  revision: pulumi.Input<string>;
  /** @default 900 */
  timeoutSeconds?: number;
}

/** Files of a package source on the machine that serves them: a newer repository replaces an older one whole. */
export class PackageRepository extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:PackageRepository";
  /** Revision that the machine was seen with. */
  declare readonly published: pulumi.Output<string>;

  constructor(name: string, args: PackageRepositoryArgs, opts?: pulumi.CustomResourceOptions) {
    super(PackageRepository.__pulumiType, name, { ...args, published: undefined }, opts);
  }
}

export interface PlatformRecordArgs {
  /** Settings that the platform keeps for life, by path. */
  kept: Record<string, string>;
  kubernetesVersion: string;
  /** Versions of pools that are behind that, by their names. */
  poolVersions?: Record<string, string>;
  /** Names of machines by role, or by pool for workers. */
  machines: Record<string, string[]>;
  /** GiB by machine. */
  dataDisksGiB: Record<string, number>;
}

/**
 * Facts of the platform that the next run compares with. Registered before all else, it refuses what a living platform cannot
 * take, and lets the provider tell which machines there were before the run.
 */
export class PlatformRecord extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:PlatformRecord";

  constructor(name: string, args: PlatformRecordArgs, opts?: pulumi.CustomResourceOptions) {
    super(PlatformRecord.__pulumiType, name, { ...args }, opts);
  }
}

/** An administrator's access to the API server. */
export interface ApiAccess {
  /** `https://host:port`, reachable from the installer. */
  server: pulumi.Input<string>;
  /** Name in the server's certificate, whatever address it is reached at. */
  serverName: string;
  caCertPem: pulumi.Input<string>;
  clientCertPem: pulumi.Input<string>;
  clientKeyPem: pulumi.Input<string>;
}

/** A master's part in etcd. */
export interface ControlPlaneMember {
  /** Its member is on a data disk, so that a machine made anew goes on with it. */
  etcdOnDataDisk: boolean;
}

export interface NodeTaint {
  key: string;
  value?: string;
  effect: string;
}

export interface DrainArgs {
  /** Time that pods have to leave, as their disruption budgets let them. */
  seconds: number;
  /** Once that time is over: fail, naming pods and budgets, or go on without them. */
  onTimeout: "stop" | "force";
}

export interface NodeArgs {
  /** Id of the machine. Replaces the node when it changes. */
  machineId: pulumi.Input<string>;
  /** Kubernetes node name. Replaces the node when it changes. */
  nodeName: string;
  connection: pulumi.Input<Connection>;
  api: ApiAccess;
  /** kubeadm bootstrap token that the machine has; it exists in the cluster only while the node joins. */
  joinToken: pulumi.Input<string>;
  /** Set for a master. */
  controlPlane?: ControlPlaneMember;
  /** All of the machine's files, where no resource of its own delivers them. Secret. */
  files?: pulumi.Input<MachineFile[]>;
  /** Revision of the files that another resource has delivered. */
  revision?: pulumi.Input<string>;
  /** Version of the kubelet that the files bring. */
  kubernetesVersion: string;
  /** Labels and taints of its pool. */
  labels?: Record<string, string>;
  taints?: NodeTaint[];
  /** How its pods leave it. */
  drain?: DrainArgs;
  /** @default 900 */
  timeoutSeconds?: number;
}

/**
 * A machine's membership in the cluster. Create: delivers its files, waits for the API, admits the machine's join token, waits until
 * the node is Ready, withdraws the token. Update: the same in place, drained first where the kubelet's minor version changes; labels
 * and taints through the API. Delete: cordons, drains and removes the node; a master goes only while etcd keeps its quorum.
 */
export class Node extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:Node";
  /** Version the kubelet reports. */
  declare readonly kubeletVersion: pulumi.Output<string>;
  declare readonly internalIp: pulumi.Output<string>;

  constructor(name: string, args: NodeArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      Node.__pulumiType,
      name,
      {
        ...args,
        api: pulumi.secret(args.api),
        joinToken: pulumi.secret(args.joinToken),
        files: args.files && pulumi.secret(args.files),
        kubeletVersion: undefined,
        internalIp: undefined,
      },
      pulumi.mergeOptions(opts, { deleteBeforeReplace: true, additionalSecretOutputs: ["joinToken", "api", "files"] }),
    );
  }
}

export interface FirstBootArgs {
  /** Id of the machine; when it changes, the wait begins again. */
  machineId: pulumi.Input<string>;
  machineName: string;
  connection: pulumi.Input<Connection>;
  /** Revision of the files that it is to have applied. */
  revision: pulumi.Input<string>;
  /** @default 900 */
  timeoutSeconds?: number;
}

/** A wait until a machine's first boot has ended well; fails with the machine's name, phase and the end of its boot log. */
export class FirstBoot extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:FirstBoot";
  constructor(name: string, args: FirstBootArgs, opts?: pulumi.CustomResourceOptions) {
    super(FirstBoot.__pulumiType, name, { ...args }, opts);
  }
}
