import type * as ec2 from "@pulumi/aws/ec2/index.js";
import * as lb from "@pulumi/aws/lb/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { gatewayListeners } from "../../config/application-platform/gateway.ts";
import type { GroupName } from "../../config/application-platform/group.ts";
import { shortName } from "./load-balancer.ts";
import { tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

/** Idle time-out: websockets and streams of logs are quiet for long. */
const idleSeconds = 3600;

/** Gives the name of a target group by the port of its VMs, or with `*` the pattern of all names of the environment's. */
export const targetGroupName = (context: Context, vmPort: number | "*"): string =>
  shortName(context.environment.name, `cf-${vmPort}`);

interface Balancer {
  dnsName: pulumi.Output<string>;
  /** Names of the target groups that each group of VMs serves. */
  targetGroups: Map<GroupName, string[]>;
  resources: pulumi.CustomResource[];
}

/**
 * Makes a network load balancer in front of every zone, with a listener for each of its ports. The CPI finds target
 * groups by their names, and puts VMs into them as it makes them. The load balancer lets in what its group does; VMs
 * see it as their client, which may be one of them.
 */
export function createApplicationLoadBalancer(
  context: Context,
  name: string,
  { network, group }: Pick<ApplicationInfrastructureArgs, "network"> & { group: ec2.SecurityGroup },
  opts: pulumi.CustomResourceOptions,
): Balancer {
  const { environment } = context;
  const tags = (resource: string) => tagsOf(environment.name, resource);
  // A name and a port belong to one at a time.
  const on = { ...opts, deleteBeforeReplace: true };
  const front = Array.from({ length: environment.network.zones }, (_, zone) => zone);
  const balancer = new lb.LoadBalancer(
    `${name}-gateway`,
    {
      name: shortName(environment.name, "cf"),
      loadBalancerType: "network",
      internal: false,
      subnets: front.map((zone) => network.subnetId({ role: "haproxy", zone })),
      securityGroups: [group.id],
      enableCrossZoneLoadBalancing: true,
      tags: tags(`${name}-gateway`),
    },
    on,
  );
  const targets = new Map<number, lb.TargetGroup>();
  const targetGroups = new Map<GroupName, string[]>();
  for (const { group, vmPort, healthPort } of gatewayListeners) {
    if (targets.has(vmPort)) continue;
    const resourceName = `${name}-targets-${vmPort}`;
    const targetName = targetGroupName(context, vmPort);
    targetGroups.set(group, [...(targetGroups.get(group) ?? []), targetName]);
    const target = new lb.TargetGroup(
      resourceName,
      {
        name: targetName,
        vpcId: network.id,
        targetType: "instance",
        protocol: "TCP",
        port: vmPort,
        preserveClientIp: "false",
        healthCheck: {
          protocol: "TCP",
          port: String(healthPort),
          interval: 10,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
        tags: tags(resourceName),
      },
      on,
    );
    targets.set(vmPort, target);
  }
  const listeners = gatewayListeners.map(({ port, vmPort }) => {
    const resourceName = `${name}-listener-${port}`;
    return new lb.Listener(
      resourceName,
      {
        loadBalancerArn: balancer.arn,
        protocol: "TCP",
        port,
        defaultActions: [{ type: "forward", targetGroupArn: targets.get(vmPort)?.arn }],
        tcpIdleTimeoutSeconds: idleSeconds,
        tags: tags(resourceName),
      },
      on,
    );
  });
  return { dnsName: balancer.dnsName, targetGroups, resources: [...targets.values(), ...listeners] };
}
