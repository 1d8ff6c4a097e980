import * as pulumi from "@pulumi/pulumi";

export interface ContainerEngineArgs {
  /** Text whose change changes nothing while the container engine runs. */
  purpose?: string;
}

/** The container engine that `local` machines run on: the user's own, or one that is installed, started and at last stopped. */
export class ContainerEngine extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:local:ContainerEngine";
  /** `unix:///path` */
  declare readonly host: pulumi.Output<string>;
  /** True when it was started by this project, which then also stops it. */
  declare readonly owned: pulumi.Output<boolean>;

  constructor(name: string, args: ContainerEngineArgs, opts?: pulumi.CustomResourceOptions) {
    super(ContainerEngine.__pulumiType, name, { ...args, host: undefined, owned: undefined }, opts);
  }
}

export interface MachineImageArgs {
  kubernetesVersion: string;
  /** `machine`: every role's packages, Kubernetes binaries. `registry`: the same with the platform's images in /opt/kpaas/images. */
  flavor: "machine" | "registry";
}

/** A container image that boots like a cloud image; made on this machine, cached by its content's key. */
export class MachineImage extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:local:MachineImage";
  /** Image reference in the container engine. */
  declare readonly reference: pulumi.Output<string>;

  constructor(name: string, args: MachineImageArgs, opts?: pulumi.CustomResourceOptions) {
    super(MachineImage.__pulumiType, name, { ...args, reference: undefined }, opts);
  }
}

export interface LocalNetworkArgs {
  /** Name in the container engine. */
  networkName: string;
  environment: string;
  cidr: string;
  /** Name of the range's setting in the environment's file. @default network.cidr */
  setting?: string;
  gateway: string;
  /** Part of `cidr` from which machines without a fixed address get theirs. */
  dynamicCidr: string;
}

export class LocalNetwork extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:local:Network";
  constructor(name: string, args: LocalNetworkArgs, opts?: pulumi.CustomResourceOptions) {
    super(LocalNetwork.__pulumiType, name, { ...args }, opts);
  }
}

export interface LocalVolumeArgs {
  /** Name in the container engine. */
  volumeName: string;
  environment: string;
}

export class LocalVolume extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:local:Volume";
  constructor(name: string, args: LocalVolumeArgs, opts?: pulumi.CustomResourceOptions) {
    super(LocalVolume.__pulumiType, name, { ...args }, opts);
  }
}

export interface PublishedPortsArgs {
  /** Host name of the machine whose ports they are. */
  hostname: string;
  ports: number[];
}

/** Ports of the host's loopback address, chosen once: they outlive every machine that is reached at them. */
export class PublishedPorts extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:local:PublishedPorts";
  /** Host ports by port. */
  declare readonly hostPorts: pulumi.Output<Record<string, number>>;

  constructor(name: string, args: PublishedPortsArgs, opts?: pulumi.CustomResourceOptions) {
    super(PublishedPorts.__pulumiType, name, { ...args, hostPorts: undefined }, opts);
  }
}

export interface LocalMachineArgs {
  /** Host name and container name. */
  hostname: string;
  environment: string;
  role: string;
  /** Name in the environment's plan. */
  machineName: string;
  image: pulumi.Input<string>;
  networkId: pulumi.Input<string>;
  /** Id of a second network, on which the container engine chooses the address. */
  furtherNetworkId?: pulumi.Input<string>;
  /** @default chosen from the network's dynamic range at creation, then kept */
  privateIp?: string;
  userData: pulumi.Input<string>;
  /** nftables ruleset that stands for the security group; replaced in the running machine when it changes. */
  firewall: pulumi.Input<string>;
  /** Names of the container engine's volumes by mount path. */
  volumes: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Path of the container engine's socket, which the machine gets at the same path: its root is root of this machine. */
  engineSocket?: pulumi.Input<string>;
  /** Ports published on the host's loopback address. */
  publicPorts: number[];
  /**
   * Kubernetes version of a node's programs, or of a registry's images: put into the running machine where its image has
   * others. For these roles only.
   */
  kubernetesVersion?: string;
  /** Further Kubernetes versions whose images a registry has. */
  olderVersions?: string[];
  /** Host ports by public port, bound when the machine is made. @default free ones */
  hostPorts?: pulumi.Input<Record<string, pulumi.Input<number>>>;
}

/**
 * A system container that boots systemd and runs cloud-init's NoCloud source. Changed image or user-data replaces it;
 * another Kubernetes version does not.
 */
export class LocalMachine extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:local:Machine";
  declare readonly role: pulumi.Output<string>;
  declare readonly machineName: pulumi.Output<string>;
  declare readonly publicPorts: pulumi.Output<number[]>;
  /** Private address. */
  declare readonly address: pulumi.Output<string>;
  declare readonly publicEndpoints: pulumi.Output<Record<string, string>>;
  /** False when the container was stopped by hand; the next `up` starts it. */
  declare readonly running: pulumi.Output<boolean>;

  constructor(name: string, args: LocalMachineArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      LocalMachine.__pulumiType,
      name,
      {
        ...args,
        userData: pulumi.secret(args.userData),
        address: undefined,
        publicEndpoints: undefined,
        running: undefined,
      },
      pulumi.mergeOptions(opts, { deleteBeforeReplace: true, additionalSecretOutputs: ["userData"] }),
    );
  }
}

export interface RegistryDigestsArgs {
  /** Id of the registry's machine; when it changes, its images are looked at anew. */
  machineId: pulumi.Input<string>;
  hostname: string;
  /** Kubernetes versions whose images the machine came with, or was given. */
  kubernetesVersions: string[];
}

/** Digests of the images that a registry's machine came with, as they were first seen: what is pushed later changes none. */
export class RegistryDigests extends pulumi.CustomResource {
  static readonly __pulumiType = "kpaas:local:RegistryDigests";
  /** By the images' references. */
  declare readonly digests: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: RegistryDigestsArgs, opts?: pulumi.CustomResourceOptions) {
    super(RegistryDigests.__pulumiType, name, { ...args, digests: undefined }, opts);
  }
}
