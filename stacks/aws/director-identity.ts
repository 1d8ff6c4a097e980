import * as iam from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";
import { namePrefix } from "../../config/application-platform/names.ts";
import { shortName } from "../../config/short-name.ts";
import { tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

/** IAM's limit of the length of a role's name. */
const longestName = 64;

/**
 * Actions of upstream's list (docs/iam-policy.json of bosh-aws-cpi-release) that light stemcells that are encrypted,
 * snapshots and target groups need, and what the CPI asks of instance types. None of these can be limited to single
 * resources.
 */
const looks = [
  "ec2:DescribeAvailabilityZones",
  "ec2:DescribeImages",
  "ec2:DescribeInstances",
  "ec2:DescribeInstanceTypes",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeRegions",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSnapshots",
  "ec2:DescribeSubnets",
  "ec2:DescribeVolumes",
  "elasticloadbalancing:DescribeLoadBalancers",
  "elasticloadbalancing:DescribeTargetGroups",
  "elasticloadbalancing:DescribeTargetHealth",
];

const changes = [
  "ec2:AttachVolume",
  "ec2:CopyImage",
  "ec2:CreateSnapshot",
  "ec2:CreateTags",
  "ec2:CreateVolume",
  "ec2:DeleteNetworkInterface",
  "ec2:DeleteSnapshot",
  "ec2:DeleteVolume",
  "ec2:DeregisterImage",
  "ec2:DetachVolume",
  "ec2:ModifyNetworkInterfaceAttribute",
  "ec2:RebootInstances",
  "ec2:TerminateInstances",
];

/** Actions that would harm machines and disks that are not BOSH's. */
const harms = [
  "ec2:AttachVolume",
  "ec2:CreateSnapshot",
  "ec2:DeleteVolume",
  "ec2:DetachVolume",
  "ec2:RebootInstances",
  "ec2:TerminateInstances",
];

/** Types of resources that a new VM is made of, besides its subnet. */
const partsOfVm = ["image", "instance", "key-pair", "network-interface", "security-group", "snapshot", "volume"];

export interface DirectorScope {
  region: string;
  roleArn: string;
  /** ARNs of the VMs' subnets. */
  subnetArns: string[];
  /** Names of the target groups, `*` for any part. */
  targetGroups: string;
}

/**
 * Gives the director's policy, of least privilege: one region, VMs in the application platform's subnets only, its own target
 * groups, and no harm to what this installer made, of this environment or another, which carries its tag.
 */
export function directorPolicy({ region, roleArn, subnetArns, targetGroups }: DirectorScope) {
  const inRegion = { StringEquals: { "aws:RequestedRegion": region } };
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "Look", Effect: "Allow", Action: looks, Resource: "*" },
      { Sid: "Change", Effect: "Allow", Action: changes, Resource: "*", Condition: inRegion },
      {
        Sid: "MakeVms",
        Effect: "Allow",
        Action: ["ec2:RunInstances", "ec2:CreateNetworkInterface"],
        Resource: [...subnetArns, ...partsOfVm.map((part) => `arn:*:ec2:${region}:*:${part}/*`)],
      },
      {
        Sid: "JoinLoadBalancer",
        Effect: "Allow",
        Action: ["elasticloadbalancing:RegisterTargets"],
        Resource: `arn:*:elasticloadbalancing:${region}:*:targetgroup/${targetGroups}/*`,
      },
      {
        Sid: "BeTheDirector",
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: roleArn,
        Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
      },
      {
        Sid: "NoHarmToTheInstallers",
        Effect: "Deny",
        Action: harms,
        Resource: "*",
        Condition: { Null: { "aws:ResourceTag/kpaas-environment": "false" } },
      },
    ],
  };
}

/**
 * Makes the instance identity of the director's VM, and of the jump host, which makes that VM by the same CPI. It is
 * known once it may do what it must.
 */
export function createDirectorIdentity(
  { environment, settings }: Context,
  name: string,
  scope: { subnetArns: pulumi.Output<string>[]; targetGroups: string },
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const roleName = shortName(`${namePrefix(environment)}-director`, longestName);
  const resourceName = `${name}-director-identity`;
  const tags = tagsOf(environment.name, resourceName);
  const assumeRolePolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
  });
  const role = new iam.Role(resourceName, { name: roleName, assumeRolePolicy, tags }, opts);
  const { subnetArns, targetGroups } = scope;
  const policy = pulumi
    .all([role.arn, pulumi.all(subnetArns)])
    .apply(([roleArn, subnetArns]) =>
      JSON.stringify(directorPolicy({ region: settings.region, roleArn, subnetArns, targetGroups })),
    );
  const granted = new iam.RolePolicy(resourceName, { name: roleName, role: role.name, policy }, opts);
  const profile = new iam.InstanceProfile(resourceName, { name: roleName, role: role.name, tags }, opts);
  return pulumi.all([profile.name, granted.id]).apply(([known]) => known);
}
