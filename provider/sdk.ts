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
  value: pulumi.Input<string>;
  /** Number to raise to let the present value through. */
  generation: number;
}

/**
 * A value as it was when its generation began. What keeps state is made from pinned values, so that a newer image or another
 * setting does not replace it by itself.
 */
export class Pinned extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:Pinned";
  declare readonly pinned: pulumi.Output<string>;

  constructor(name: string, args: PinnedArgs, opts?: pulumi.CustomResourceOptions) {
    super(Pinned.__pulumiType, name, { ...args, pinned: undefined }, opts);
  }
}

export interface SecretFilesArgs {
  /** Id of the machine; when it changes, the files are delivered again. */
  machineId: pulumi.Input<string>;
  machineName: string;
  connection: pulumi.Input<Connection>;
  /** Contents by path relative to /etc/kpaas/secrets. Secret. */
  files: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** @default 120 */
  timeoutSeconds?: number;
}

/**
 * Files a machine must have but its user-data must not carry: they travel over the installer's own connection into
 * /etc/kpaas/secrets (root only), the marker `.complete` last; first boot waits for it.
 */
export class SecretFiles extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:index:SecretFiles";
  constructor(name: string, args: SecretFilesArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      SecretFiles.__pulumiType,
      name,
      { ...args, files: pulumi.secret(args.files) },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["files"] }),
    );
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

export interface NodeArgs {
  /** Id of the machine. Replaces the node when it changes. */
  machineId: pulumi.Input<string>;
  /** Kubernetes node name. Replaces the node when it changes. */
  nodeName: string;
  connection: pulumi.Input<Connection>;
  api: ApiAccess;
  /** kubeadm bootstrap token that the machine's user-data carries; it exists in the cluster only while the node joins. */
  joinToken: pulumi.Input<string>;
  /** @default 900 */
  timeoutSeconds?: number;
}

/**
 * A machine's membership in the cluster. Create: waits for the API, admits the machine's join token, waits until the
 * node is Ready, withdraws the token. Delete: cordons, drains and removes the node.
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
        kubeletVersion: undefined,
        internalIp: undefined,
      },
      pulumi.mergeOptions(opts, { deleteBeforeReplace: true, additionalSecretOutputs: ["joinToken", "api"] }),
    );
  }
}

export interface FirstBootArgs {
  /** Id of the machine; when it changes, the wait begins again. */
  machineId: pulumi.Input<string>;
  machineName: string;
  connection: pulumi.Input<Connection>;
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
