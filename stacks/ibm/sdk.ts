import type * as pulumi from "@pulumi/pulumi";
import { BridgedResource, type TerraformProvider } from "../shared/terraform-bridge.ts";

export const ibm: TerraformProvider = { name: "ibm", source: "ibm-cloud/ibm", version: "2.6.2" };

type Opts = pulumi.CustomResourceOptions;

interface Tagged {
  tags?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface IsVpcArgs extends Tagged {
  name: pulumi.Input<string>;
  addressPrefixManagement: pulumi.Input<"auto" | "manual">;
}

export class IsVpc extends BridgedResource {
  constructor(name: string, args: IsVpcArgs, opts: Opts) {
    super(ibm, "ibm_is_vpc", name, args, opts);
  }
}

export interface IsVpcAddressPrefixArgs {
  name: pulumi.Input<string>;
  vpc: pulumi.Input<string>;
  zone: pulumi.Input<string>;
  cidr: pulumi.Input<string>;
}

export class IsVpcAddressPrefix extends BridgedResource {
  constructor(name: string, args: IsVpcAddressPrefixArgs, opts: Opts) {
    super(ibm, "ibm_is_vpc_address_prefix", name, args, opts);
  }
}

export interface IsPublicGatewayArgs extends Tagged {
  name: pulumi.Input<string>;
  vpc: pulumi.Input<string>;
  zone: pulumi.Input<string>;
}

export class IsPublicGateway extends BridgedResource {
  constructor(name: string, args: IsPublicGatewayArgs, opts: Opts) {
    super(ibm, "ibm_is_public_gateway", name, args, opts);
  }
}

export interface IsSubnetArgs extends Tagged {
  name: pulumi.Input<string>;
  vpc: pulumi.Input<string>;
  zone: pulumi.Input<string>;
  ipv4CidrBlock: pulumi.Input<string>;
  publicGateway: pulumi.Input<string>;
}

export class IsSubnet extends BridgedResource {
  constructor(name: string, args: IsSubnetArgs, opts: Opts) {
    super(ibm, "ibm_is_subnet", name, args, opts);
  }
}

export interface IsSecurityGroupArgs extends Tagged {
  name: pulumi.Input<string>;
  vpc: pulumi.Input<string>;
}

export class IsSecurityGroup extends BridgedResource {
  constructor(name: string, args: IsSecurityGroupArgs, opts: Opts) {
    super(ibm, "ibm_is_security_group", name, args, opts);
  }
}

export interface IsSecurityGroupRuleArgs {
  name: pulumi.Input<string>;
  group: pulumi.Input<string>;
  direction: pulumi.Input<"inbound" | "outbound">;
  /** A range or a security group's id. */
  remote: pulumi.Input<string>;
  protocol: pulumi.Input<"any" | "icmp" | "tcp" | "udp" | "vrrp">;
  portMin?: pulumi.Input<number>;
  portMax?: pulumi.Input<number>;
}

export class IsSecurityGroupRule extends BridgedResource {
  constructor(name: string, args: IsSecurityGroupRuleArgs, opts: Opts) {
    super(ibm, "ibm_is_security_group_rule", name, args, opts);
  }
}

export interface IsSshKeyArgs extends Tagged {
  name: pulumi.Input<string>;
  publicKey: pulumi.Input<string>;
  type: pulumi.Input<"ed25519" | "rsa">;
}

export class IsSshKey extends BridgedResource {
  constructor(name: string, args: IsSshKeyArgs, opts: Opts) {
    super(ibm, "ibm_is_ssh_key", name, args, opts);
  }
}

export interface IsPlacementGroupArgs extends Tagged {
  name: pulumi.Input<string>;
  strategy: pulumi.Input<"host_spread" | "power_spread">;
}

export class IsPlacementGroup extends BridgedResource {
  constructor(name: string, args: IsPlacementGroupArgs, opts: Opts) {
    super(ibm, "ibm_is_placement_group", name, args, opts);
  }
}

export interface BootVolume extends Tagged {
  name: pulumi.Input<string>;
  size: pulumi.Input<number>;
  encryption?: pulumi.Input<string>;
  autoDeleteVolume: pulumi.Input<boolean>;
}

export interface PrimaryIp {
  address: pulumi.Input<string>;
}

export interface PrimaryNetworkInterface {
  subnet: pulumi.Input<string>;
  securityGroups: pulumi.Input<pulumi.Input<string>[]>;
  primaryIp?: pulumi.Input<PrimaryIp>;
}

export interface MetadataService {
  enabled: pulumi.Input<boolean>;
}

export interface IsInstanceArgs extends Tagged {
  name: pulumi.Input<string>;
  vpc: pulumi.Input<string>;
  zone: pulumi.Input<string>;
  profile: pulumi.Input<string>;
  image: pulumi.Input<string>;
  keys: pulumi.Input<pulumi.Input<string>[]>;
  placementGroup?: pulumi.Input<string>;
  userData: pulumi.Input<string>;
  bootVolume: pulumi.Input<BootVolume>;
  primaryNetworkInterface: pulumi.Input<PrimaryNetworkInterface>;
  metadataService: pulumi.Input<MetadataService>;
}

export class IsInstance extends BridgedResource {
  declare readonly primaryNetworkInterface: pulumi.Output<{ id: string; primaryIp: { address: string } }>;

  constructor(name: string, args: IsInstanceArgs, opts: Opts) {
    super(ibm, "ibm_is_instance", name, args, opts);
  }
}

export interface IsVolumeArgs extends Tagged {
  name: pulumi.Input<string>;
  zone: pulumi.Input<string>;
  profile: pulumi.Input<string>;
  capacity: pulumi.Input<number>;
  encryptionKey?: pulumi.Input<string>;
}

export class IsVolume extends BridgedResource {
  constructor(name: string, args: IsVolumeArgs, opts: Opts) {
    super(ibm, "ibm_is_volume", name, args, opts);
  }
}

export interface IsInstanceVolumeAttachmentArgs {
  name: pulumi.Input<string>;
  instance: pulumi.Input<string>;
  volume: pulumi.Input<string>;
  deleteVolumeOnAttachmentDelete: pulumi.Input<boolean>;
  deleteVolumeOnInstanceDelete: pulumi.Input<boolean>;
}

export class IsInstanceVolumeAttachment extends BridgedResource {
  constructor(name: string, args: IsInstanceVolumeAttachmentArgs, opts: Opts) {
    super(ibm, "ibm_is_instance_volume_attachment", name, args, opts);
  }
}

export interface IsFloatingIpArgs extends Tagged {
  name: pulumi.Input<string>;
  target: pulumi.Input<string>;
}

export class IsFloatingIp extends BridgedResource {
  declare readonly address: pulumi.Output<string>;

  constructor(name: string, args: IsFloatingIpArgs, opts: Opts) {
    super(ibm, "ibm_is_floating_ip", name, args, opts, ["address"]);
  }
}
