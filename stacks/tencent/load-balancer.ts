import * as pulumi from "@pulumi/pulumi";
import type { LoadBalancer, LoadBalancerArgs, Target } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-machine.ts";
import { endpointsAt } from "../shared/ssh-access.ts";
import { waysBy } from "../shared/ways.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf, tagsOf } from "./provider.ts";
import {
  ClbInstance,
  type ClbInstanceArgs,
  ClbListener,
  ClbTargetGroup,
  ClbTargetGroupAttachment,
  ClbTargetGroupInstanceAttachment,
} from "./sdk.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/**
 * Makes two load balancers: machines reach the internal one at its address in the first zone, operators the open one,
 * which moves to the second zone when the first fails. Both let in what the port table says.
 */
export function createLoadBalancer(context: Context, name: string, args: LoadBalancerArgs, opts: Opts): LoadBalancer {
  const { environment, settings } = context;
  const { network, address, ports } = args;
  const group = securityGroupOf(args, "haproxy");
  // An address and a port belong to one at a time.
  const on = { ...opts, deleteBeforeReplace: true };
  const balancer = (side: string, place: Pick<ClbInstanceArgs, "networkType"> & Partial<ClbInstanceArgs>) => {
    const sideName = `${name}-${side}`;
    const { id, clbVips, domain } = new ClbInstance(
      sideName,
      {
        clbName: nameOf(environment.name, sideName),
        vpcId: network.id,
        securityGroups: [group.id],
        // What its own group has let in, the machines' groups need not.
        loadBalancerPassToTarget: true,
        tags: tagsOf(environment.name, sideName),
        ...place,
      },
      on,
    );
    // Newer accounts' load balancers have a name in place of an address.
    return { side, id, host: pulumi.all([clbVips, domain]).apply(([vips, name]) => vips?.[0] ?? name ?? "") };
  };
  const internal = balancer("internal", {
    networkType: "INTERNAL",
    subnetId: network.subnetId({ role: "haproxy", zone: 0 }),
    vip: address,
  });
  const open = balancer("public", {
    networkType: "OPEN",
    masterZoneId: zoneName(context, 0),
    slaveZoneId: environment.network.zones > 1 ? zoneName(context, 1) : undefined,
    internetChargeType: "TRAFFIC_POSTPAID_BY_HOUR",
    internetBandwidthMaxOut: settings.publicBandwidthMbps,
  });

  return {
    publicEndpoints: endpointsAt(open.host, ports),
    addTargets: (targetsName, port, machines) => {
      const sides = [internal, open].map(({ side, id: clbId }) => {
        const sideName = `${targetsName}-${side}`;
        // The targets of a listener itself are one resource, which would wait for all machines.
        const { id: targetGroupId } = new ClbTargetGroup(
          sideName,
          { targetGroupName: nameOf(environment.name, sideName), vpcId: network.id, port },
          opts,
        );
        const target = ({ plan, privateIp: bindIp }: Target) =>
          new ClbTargetGroupInstanceAttachment(
            `${sideName}-${plan.name}`,
            { targetGroupId, bindIp, port, weight: 10 },
            opts,
          );
        const { listenerId } = new ClbListener(
          sideName,
          {
            clbId,
            listenerName: nameOf(environment.name, sideName),
            protocol: "TCP",
            port,
            targetType: "TARGETGROUP",
            scheduler: "LEAST_CONN",
            // A machine that reaches itself through the gateway would drop packets from its own address.
            snatEnable: true,
            healthCheckSwitch: true,
            healthCheckType: "TCP",
            healthCheckIntervalTime: 10,
            healthCheckTimeOut: 2,
            healthCheckHealthNum: 2,
            healthCheckUnhealthNum: 2,
          },
          // What kind of targets it has, it has for life: those that an earlier version made had instances.
          { ...on, replaceOnChanges: ["targetType"] },
        );
        return {
          way: [new ClbTargetGroupAttachment(sideName, { clbId, listenerId, targetGroupId }, on)],
          target,
        };
      });
      return waysBy(sides, machines);
    },
  };
}
