import type * as pulumi from "@pulumi/pulumi";
import { BridgedResource, type TerraformProvider } from "../shared/terraform-bridge.ts";

export const ncloud: TerraformProvider = {
  name: "ncloud",
  source: "navercloudplatform/ncloud",
  version: "4.0.7",
};

type Opts = pulumi.CustomResourceOptions;

export interface VpcArgs {
  name: pulumi.Input<string>;
  ipv4CidrBlock: pulumi.Input<string>;
}

export class Vpc extends BridgedResource {
  declare readonly defaultNetworkAclNo: pulumi.Output<string>;
  declare readonly defaultAccessControlGroupNo: pulumi.Output<string>;

  constructor(name: string, args: VpcArgs, opts: Opts) {
    super(ncloud, "ncloud_vpc", name, args, opts, ["defaultNetworkAclNo", "defaultAccessControlGroupNo"]);
  }
}

export interface SubnetArgs {
  name: pulumi.Input<string>;
  vpcNo: pulumi.Input<string>;
  subnet: pulumi.Input<string>;
  zone: pulumi.Input<string>;
  networkAclNo: pulumi.Input<string>;
  subnetType: pulumi.Input<"PUBLIC" | "PRIVATE">;
  usageType: pulumi.Input<"GEN" | "NATGW">;
}

export class Subnet extends BridgedResource {
  constructor(name: string, args: SubnetArgs, opts: Opts) {
    super(ncloud, "ncloud_subnet", name, args, opts);
  }
}

export interface NatGatewayArgs {
  name: pulumi.Input<string>;
  vpcNo: pulumi.Input<string>;
  subnetNo: pulumi.Input<string>;
  zone: pulumi.Input<string>;
}

export class NatGateway extends BridgedResource {
  declare readonly name: pulumi.Output<string>;

  constructor(name: string, args: NatGatewayArgs, opts: Opts) {
    super(ncloud, "ncloud_nat_gateway", name, args, opts);
  }
}

export interface RouteTableArgs {
  name: pulumi.Input<string>;
  vpcNo: pulumi.Input<string>;
  supportedSubnetType: pulumi.Input<"PUBLIC" | "PRIVATE">;
}

export class RouteTable extends BridgedResource {
  constructor(name: string, args: RouteTableArgs, opts: Opts) {
    super(ncloud, "ncloud_route_table", name, args, opts);
  }
}

export interface RouteArgs {
  routeTableNo: pulumi.Input<string>;
  destinationCidrBlock: pulumi.Input<string>;
  targetType: pulumi.Input<"NATGW">;
  targetName: pulumi.Input<string>;
  targetNo: pulumi.Input<string>;
}

export class Route extends BridgedResource {
  constructor(name: string, args: RouteArgs, opts: Opts) {
    super(ncloud, "ncloud_route", name, args, opts);
  }
}

export interface RouteTableAssociationArgs {
  routeTableNo: pulumi.Input<string>;
  subnetNo: pulumi.Input<string>;
}

export class RouteTableAssociation extends BridgedResource {
  declare readonly subnetNo: pulumi.Output<string>;

  constructor(name: string, args: RouteTableAssociationArgs, opts: Opts) {
    super(ncloud, "ncloud_route_table_association", name, args, opts);
  }
}

export interface AccessControlGroupArgs {
  name: pulumi.Input<string>;
  vpcNo: pulumi.Input<string>;
  description?: pulumi.Input<string>;
}

export class AccessControlGroup extends BridgedResource {
  constructor(name: string, args: AccessControlGroupArgs, opts: Opts) {
    super(ncloud, "ncloud_access_control_group", name, args, opts);
  }
}

export interface AccessRule {
  protocol: pulumi.Input<string>;
  portRange?: pulumi.Input<string>;
  ipBlock?: pulumi.Input<string>;
  sourceAccessControlGroupNo?: pulumi.Input<string>;
  description?: pulumi.Input<string>;
}

export interface AccessControlGroupRuleArgs {
  accessControlGroupNo: pulumi.Input<string>;
  inbounds: pulumi.Input<pulumi.Input<AccessRule>[]>;
  outbounds: pulumi.Input<pulumi.Input<AccessRule>[]>;
}

/** All rules of one group; of a VPC's default group it first removes those that Naver puts there. */
export class AccessControlGroupRule extends BridgedResource {
  constructor(name: string, args: AccessControlGroupRuleArgs, opts: Opts) {
    super(ncloud, "ncloud_access_control_group_rule", name, args, opts);
  }
}

export interface NetworkInterfaceArgs {
  name: pulumi.Input<string>;
  subnetNo: pulumi.Input<string>;
  privateIp: pulumi.Input<string>;
  accessControlGroups: pulumi.Input<pulumi.Input<string>[]>;
}

export class NetworkInterface extends BridgedResource {
  declare readonly privateIp: pulumi.Output<string>;

  constructor(name: string, args: NetworkInterfaceArgs, opts: Opts) {
    super(ncloud, "ncloud_network_interface", name, args, opts);
  }
}

export interface LoginKeyArgs {
  keyName: pulumi.Input<string>;
}

/** Naver makes the pair itself and takes no other's public key. */
export class LoginKey extends BridgedResource {
  constructor(name: string, args: LoginKeyArgs, opts: Opts) {
    super(ncloud, "ncloud_login_key", name, args, { ...opts, additionalSecretOutputs: ["privateKey"] });
  }
}

export interface InitScriptArgs {
  name: pulumi.Input<string>;
  content: pulumi.Input<string>;
}

export class InitScript extends BridgedResource {
  constructor(name: string, args: InitScriptArgs, opts: Opts) {
    super(ncloud, "ncloud_init_script", name, args, opts);
  }
}

export interface PlacementGroupArgs {
  name: pulumi.Input<string>;
  placementGroupType: pulumi.Input<"AA">;
}

export class PlacementGroup extends BridgedResource {
  constructor(name: string, args: PlacementGroupArgs, opts: Opts) {
    super(ncloud, "ncloud_placement_group", name, args, opts);
  }
}

export interface ServerNetworkInterface {
  networkInterfaceNo: pulumi.Input<string>;
  order: pulumi.Input<number>;
}

export interface ServerArgs {
  name: pulumi.Input<string>;
  subnetNo: pulumi.Input<string>;
  serverImageNumber: pulumi.Input<string>;
  serverSpecCode: pulumi.Input<string>;
  loginKeyName: pulumi.Input<string>;
  initScriptNo: pulumi.Input<string>;
  placementGroupNo?: pulumi.Input<string>;
  /** Network interfaces; without any the server gets one of Naver's choice, in the VPC's default group. */
  networkInterfaces?: pulumi.Input<pulumi.Input<ServerNetworkInterface>[]>;
  baseBlockStorageSize: pulumi.Input<number>;
}

export class Server extends BridgedResource {
  declare readonly privateIp: pulumi.Output<string>;

  constructor(name: string, args: ServerArgs, opts: Opts) {
    super(ncloud, "ncloud_server", name, args, opts, ["privateIp"]);
  }
}

export interface BlockStorageArgs {
  name: pulumi.Input<string>;
  serverInstanceNo: pulumi.Input<string>;
  size: pulumi.Input<number>;
  hypervisorType: pulumi.Input<"KVM">;
  volumeType: pulumi.Input<string>;
  zone: pulumi.Input<string>;
}

export class BlockStorage extends BridgedResource {
  constructor(name: string, args: BlockStorageArgs, opts: Opts) {
    super(ncloud, "ncloud_block_storage", name, args, opts);
  }
}

export interface PublicIpArgs {
  description: pulumi.Input<string>;
  serverInstanceNo: pulumi.Input<string>;
}

export class PublicIp extends BridgedResource {
  declare readonly publicIp: pulumi.Output<string>;

  constructor(name: string, args: PublicIpArgs, opts: Opts) {
    super(ncloud, "ncloud_public_ip", name, args, opts, ["publicIp"]);
  }
}
