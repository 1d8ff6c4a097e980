import type * as pulumi from "@pulumi/pulumi";
import type { AdapterContext } from "../shared/context.ts";
import type { Settings } from "./settings.ts";

/** Context of every function of the adapter. */
export interface Context extends AdapterContext<Settings> {
  variant: Variant;
}

/** Differences of a cloud that is built on OpenStack. */
export interface Variant {
  /** Makes a port reachable by operators; gives the address. */
  createPublicAddress(
    context: Context,
    name: string,
    args: PublicAddressArgs,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Output<string>;
  /** Gives user-data as a machine gets it, where the image needs more than what is rendered. */
  userData?(rendered: pulumi.Input<string>, settings: Settings): pulumi.Output<string>;
  /** Tells whether a machine type boots from a disk of its host, not from a volume. */
  bootsFromHost(machineType: string): boolean;
  /** True where a disk is for machines of its own zone only. */
  zonalDisks: boolean;
  /** True where load balancers are Octavia's, not Neutron's own. */
  octavia: boolean;
  /** True where a machine can be given an address of its own. */
  floatingAddresses: boolean;
}

export interface PublicAddressArgs {
  /** Id of Neutron's port, on a subnet that a router joins to the external network. */
  portId: pulumi.Input<string>;
  privateIp: pulumi.Input<string>;
  /** TCP ports to be reached. */
  ports: readonly number[];
  /** Name in place of which the present one came. */
  formerName?: string;
}

/** Gives the options of a resource that had another name before. */
export function renamed<O extends pulumi.CustomResourceOptions>(opts: O, formerName: string | undefined): O {
  return formerName ? { ...opts, aliases: [{ name: formerName }] } : opts;
}
