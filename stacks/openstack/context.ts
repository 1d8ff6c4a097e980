import type * as pulumi from "@pulumi/pulumi";
import type { AdapterContext } from "../shared/context.ts";
import type { Settings } from "./settings.ts";

/** Handed to every function of the adapter. */
export interface Context extends AdapterContext<Settings> {
  variant: Variant;
}

/** Where a cloud that is built on OpenStack goes its own way. */
export interface Variant {
  /** How operators reach a port; gives the address. */
  createPublicAddress(
    context: Context,
    name: string,
    args: PublicAddressArgs,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Output<string>;
  /** user-data as a machine gets it, where the image needs more than what is rendered. */
  userData?(rendered: pulumi.Input<string>, settings: Settings): pulumi.Output<string>;
  /** Whether a machine type boots from a disk of its host, not from a volume. */
  bootsFromHost(machineType: string): boolean;
  /** Whether a disk is for machines of its own zone only. */
  zonalDisks: boolean;
  /** Whether load balancers are Octavia's, not Neutron's own. */
  octavia: boolean;
  /** Whether an address of its own can be given to a machine. */
  floatingAddresses: boolean;
}

export interface PublicAddressArgs {
  /** Of Neutron, on a subnet that a router joins to the external network. */
  portId: pulumi.Input<string>;
  privateIp: pulumi.Input<string>;
  /** TCP ports to be reached. */
  ports: readonly number[];
}
