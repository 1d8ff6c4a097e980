import type * as pulumi from "@pulumi/pulumi";
import { BridgedResource, type TerraformProvider } from "../shared/terraform-bridge.ts";

/** Provider whose resources are called as in Pulumi's package of it: https://www.pulumi.com/registry/packages/tencentcloud/ */
export const tencentcloud: TerraformProvider = {
  name: "tencentcloud",
  source: "tencentcloudstack/tencentcloud",
  // The first that has boot disks encrypted is 1.83.9.
  version: "1.83.9",
};

type Opts = pulumi.CustomResourceOptions;
type Tags = pulumi.Input<Record<string, pulumi.Input<string>>>;

export interface VpcArgs {
  name: pulumi.Input<string>;
  cidrBlock: pulumi.Input<string>;
  isMulticast: pulumi.Input<boolean>;
  tags: Tags;
}

export class Vpc extends BridgedResource {
  constructor(name: string, args: VpcArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_vpc", name, args, opts);
  }
}

export interface SubnetArgs {
  name: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  cidrBlock: pulumi.Input<string>;
  availabilityZone: pulumi.Input<string>;
  /** @default the VPC's own */
  routeTableId?: pulumi.Input<string>;
  isMulticast: pulumi.Input<boolean>;
  tags: Tags;
}

export class Subnet extends BridgedResource {
  constructor(name: string, args: SubnetArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_subnet", name, args, opts);
  }
}

export interface RouteTableArgs {
  name: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  tags: Tags;
}

export class RouteTable extends BridgedResource {
  constructor(name: string, args: RouteTableArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_route_table", name, args, opts);
  }
}

export interface RouteTableEntryArgs {
  routeTableId: pulumi.Input<string>;
  destinationCidrBlock: pulumi.Input<string>;
  nextType: pulumi.Input<"NAT">;
  nextHub: pulumi.Input<string>;
}

export class RouteTableEntry extends BridgedResource {
  declare readonly routeTableId: pulumi.Output<string>;

  constructor(name: string, args: RouteTableEntryArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_route_table_entry", name, args, opts);
  }
}

export interface NatGatewayArgs {
  name: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  /** Mbit/s. */
  bandwidth: pulumi.Input<number>;
  maxConcurrent: pulumi.Input<number>;
  /** Public addresses. */
  assignedEipSets: pulumi.Input<pulumi.Input<string>[]>;
  tags: Tags;
}

export class NatGateway extends BridgedResource {
  constructor(name: string, args: NatGatewayArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_nat_gateway", name, args, opts);
  }
}

export interface EipArgs {
  name: pulumi.Input<string>;
  internetChargeType: pulumi.Input<"TRAFFIC_POSTPAID_BY_HOUR">;
  /** Mbit/s. */
  internetMaxBandwidthOut: pulumi.Input<number>;
  tags: Tags;
}

export class Eip extends BridgedResource {
  declare readonly publicIp: pulumi.Output<string>;

  constructor(name: string, args: EipArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_eip", name, args, opts, ["publicIp"]);
  }
}

export interface EipAssociationArgs {
  eipId: pulumi.Input<string>;
  instanceId: pulumi.Input<string>;
}

export class EipAssociation extends BridgedResource {
  constructor(name: string, args: EipAssociationArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_eip_association", name, args, opts);
  }
}

export interface SecurityGroupArgs {
  name: pulumi.Input<string>;
  description: pulumi.Input<string>;
  tags: Tags;
}

export class SecurityGroup extends BridgedResource {
  constructor(name: string, args: SecurityGroupArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_security_group", name, args, opts);
  }
}

export interface SecurityRule {
  action: pulumi.Input<"ACCEPT">;
  protocol: pulumi.Input<"TCP" | "UDP" | "ICMP" | "ALL">;
  port?: pulumi.Input<string>;
  cidrBlock?: pulumi.Input<string>;
  sourceSecurityId?: pulumi.Input<string>;
  description?: pulumi.Input<string>;
}

export interface SecurityGroupRuleSetArgs {
  securityGroupId: pulumi.Input<string>;
  ingresses: pulumi.Input<pulumi.Input<SecurityRule>[]>;
  egresses: pulumi.Input<pulumi.Input<SecurityRule>[]>;
}

/** All rules of one group. */
export class SecurityGroupRuleSet extends BridgedResource {
  constructor(name: string, args: SecurityGroupRuleSetArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_security_group_rule_set", name, args, opts);
  }
}

export interface KeyPairArgs {
  keyName: pulumi.Input<string>;
  publicKey: pulumi.Input<string>;
}

export class KeyPair extends BridgedResource {
  constructor(name: string, args: KeyPairArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_key_pair", name, args, opts);
  }
}

export interface PlacementGroupArgs {
  name: pulumi.Input<string>;
  type: pulumi.Input<"HOST">;
}

export class PlacementGroup extends BridgedResource {
  constructor(name: string, args: PlacementGroupArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_placement_group", name, args, opts);
  }
}

export interface InstanceArgs {
  instanceName: pulumi.Input<string>;
  imageId: pulumi.Input<string>;
  instanceType: pulumi.Input<string>;
  availabilityZone: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  subnetId: pulumi.Input<string>;
  privateIp?: pulumi.Input<string>;
  orderlySecurityGroups: pulumi.Input<pulumi.Input<string>[]>;
  keyIds: pulumi.Input<pulumi.Input<string>[]>;
  placementGroupId?: pulumi.Input<string>;
  /** Base64, at most 16 KiB of it. */
  userData: pulumi.Input<string>;
  userDataReplaceOnChange: pulumi.Input<boolean>;
  systemDiskType: pulumi.Input<string>;
  systemDiskSize: pulumi.Input<number>;
  /** Absent on machines that an earlier version of kpaas made. */
  systemDiskEncrypt?: pulumi.Input<boolean>;
  tags: Tags;
}

export class Instance extends BridgedResource {
  declare readonly privateIp: pulumi.Output<string>;

  constructor(name: string, args: InstanceArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_instance", name, args, opts, ["privateIp"]);
  }
}

export interface CbsStorageArgs {
  storageName: pulumi.Input<string>;
  storageType: pulumi.Input<string>;
  storageSize: pulumi.Input<number>;
  availabilityZone: pulumi.Input<string>;
  encrypt: pulumi.Input<boolean>;
  tags: Tags;
}

export class CbsStorage extends BridgedResource {
  constructor(name: string, args: CbsStorageArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_cbs_storage", name, args, opts);
  }
}

export interface CbsStorageAttachmentArgs {
  storageId: pulumi.Input<string>;
  instanceId: pulumi.Input<string>;
}

export class CbsStorageAttachment extends BridgedResource {
  constructor(name: string, args: CbsStorageAttachmentArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_cbs_storage_attachment", name, args, opts);
  }
}

export interface ClbInstanceArgs {
  clbName: pulumi.Input<string>;
  networkType: pulumi.Input<"INTERNAL" | "OPEN">;
  vpcId: pulumi.Input<string>;
  /** Subnet of an internal load balancer, and its address there. */
  subnetId?: pulumi.Input<string>;
  vip?: pulumi.Input<string>;
  /** Zones of an open load balancer. */
  masterZoneId?: pulumi.Input<string>;
  slaveZoneId?: pulumi.Input<string>;
  internetChargeType?: pulumi.Input<"TRAFFIC_POSTPAID_BY_HOUR">;
  /** Mbit/s. */
  internetBandwidthMaxOut?: pulumi.Input<number>;
  securityGroups: pulumi.Input<pulumi.Input<string>[]>;
  loadBalancerPassToTarget: pulumi.Input<boolean>;
  tags: Tags;
}

export class ClbInstance extends BridgedResource {
  declare readonly clbVips: pulumi.Output<string[] | undefined>;
  declare readonly domain: pulumi.Output<string | undefined>;

  constructor(name: string, args: ClbInstanceArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_clb_instance", name, args, opts, ["clbVips", "domain"]);
  }
}

export interface ClbListenerArgs {
  clbId: pulumi.Input<string>;
  listenerName: pulumi.Input<string>;
  protocol: pulumi.Input<"TCP">;
  port: pulumi.Input<number>;
  targetType: pulumi.Input<"TARGETGROUP">;
  scheduler: pulumi.Input<"LEAST_CONN">;
  snatEnable: pulumi.Input<boolean>;
  healthCheckSwitch: pulumi.Input<boolean>;
  healthCheckType: pulumi.Input<"TCP">;
  /** Seconds, as in the time-out. */
  healthCheckIntervalTime: pulumi.Input<number>;
  healthCheckTimeOut: pulumi.Input<number>;
  healthCheckHealthNum: pulumi.Input<number>;
  healthCheckUnhealthNum: pulumi.Input<number>;
}

export class ClbListener extends BridgedResource {
  declare readonly listenerId: pulumi.Output<string>;

  constructor(name: string, args: ClbListenerArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_clb_listener", name, args, opts, ["listenerId"]);
  }
}

export interface ClbTargetGroupArgs {
  targetGroupName: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  port: pulumi.Input<number>;
}

export class ClbTargetGroup extends BridgedResource {
  constructor(name: string, args: ClbTargetGroupArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_clb_target_group", name, args, opts);
  }
}

export interface ClbTargetGroupInstanceAttachmentArgs {
  targetGroupId: pulumi.Input<string>;
  /** Private address of an instance. */
  bindIp: pulumi.Input<string>;
  port: pulumi.Input<number>;
  weight: pulumi.Input<number>;
}

/** One target of a group. */
export class ClbTargetGroupInstanceAttachment extends BridgedResource {
  constructor(name: string, args: ClbTargetGroupInstanceAttachmentArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_clb_target_group_instance_attachment", name, args, opts);
  }
}

export interface ClbTargetGroupAttachmentArgs {
  clbId: pulumi.Input<string>;
  listenerId: pulumi.Input<string>;
  targetGroupId: pulumi.Input<string>;
}

/** The group to which a listener passes connections on. */
export class ClbTargetGroupAttachment extends BridgedResource {
  constructor(name: string, args: ClbTargetGroupAttachmentArgs, opts: Opts) {
    super(tencentcloud, "tencentcloud_clb_target_group_attachment", name, args, opts);
  }
}
