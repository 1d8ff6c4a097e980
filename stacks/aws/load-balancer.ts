import { createHash } from "node:crypto";
import * as lb from "@pulumi/aws/lb/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { LoadBalancer, LoadBalancerArgs, Target } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-machine.ts";
import { endpointsAt } from "../shared/ssh-access.ts";
import { waysBy } from "../shared/ways.ts";
import { tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** Idle time-out, as long as HAProxy's: watches and connection pools are quiet for long. */
const idleSeconds = 3600;

/**
 * Makes two network load balancers: only an internal one can have the fixed address by which machines know the gateway,
 * and only an internet-facing one is reached by operators. Both let in what the port table says.
 */
export function createLoadBalancer(
  { environment }: Context,
  name: string,
  args: LoadBalancerArgs,
  opts: Opts,
): LoadBalancer {
  const { network, address, ports } = args;
  const tags = (resource: string) => tagsOf(environment.name, resource);
  const group = securityGroupOf(args, "haproxy");
  // A name, an address and a port belong to one at a time.
  const on = { ...opts, deleteBeforeReplace: true };
  const balancer = (side: string, place: lb.LoadBalancerArgs) => {
    const sideName = `${name}-${side}`;
    const { arn, dnsName } = new lb.LoadBalancer(
      sideName,
      {
        name: shortName(environment.name, side),
        loadBalancerType: "network",
        securityGroups: [group.id],
        enableCrossZoneLoadBalancing: true,
        tags: tags(sideName),
        ...place,
      },
      on,
    );
    return { side, arn, dnsName };
  };
  const front = (zone: number) => network.subnetId({ role: "haproxy", zone });
  const internal = balancer("internal", {
    internal: true,
    subnetMappings: [{ subnetId: front(0), privateIpv4Address: address }],
  });
  const internetFacing = balancer("public", {
    internal: false,
    subnets: Array.from({ length: environment.network.zones }, (_, zone) => front(zone)),
  });

  return {
    publicEndpoints: endpointsAt(internetFacing.dnsName, ports),
    addTargets: (targetsName, port, machines) => {
      const sides = [internal, internetFacing].map(({ side, arn: loadBalancerArn }) => {
        const sideName = `${targetsName}-${side}`;
        const { arn: targetGroupArn } = new lb.TargetGroup(
          sideName,
          {
            name: shortName(environment.name, `${side}-${port}`),
            vpcId: network.id,
            targetType: "ip",
            protocol: "TCP",
            port,
            // A machine that reaches itself through the gateway would drop packets from its own address.
            preserveClientIp: "false",
            healthCheck: { protocol: "TCP", interval: 10, healthyThreshold: 2, unhealthyThreshold: 2 },
            tags: tags(sideName),
          },
          on,
        );
        const listener = new lb.Listener(
          sideName,
          {
            loadBalancerArn,
            protocol: "TCP",
            port,
            defaultActions: [{ type: "forward", targetGroupArn }],
            tcpIdleTimeoutSeconds: idleSeconds,
            tags: tags(sideName),
          },
          on,
        );
        const target = ({ plan, privateIp }: Target) =>
          new lb.TargetGroupAttachment(`${sideName}-${plan.name}`, { targetGroupArn, targetId: privateIp, port }, opts);
        return { way: [listener], target };
      });
      return waysBy(sides, machines);
    },
  };
}

/**
 * Gives a name with a hash of the environment's: at most 32 characters are allowed, which environments' names may have by
 * themselves. The tags tell it in full.
 */
export function shortName(environment: string, part: string): string {
  return `kpaas-${part}-${createHash("sha256").update(environment).digest("hex").slice(0, 8)}`;
}
