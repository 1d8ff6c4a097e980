import * as nlb from "@pulumi/alicloud/nlb/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { LoadBalancer, LoadBalancerArgs, Target } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-machine.ts";
import { endpointsAt } from "../shared/ssh-access.ts";
import { waysBy } from "../shared/ways.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf, tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** The longest idle time-out there is: HAProxy's is an hour. */
const idleSeconds = 900;

/**
 * Makes two network load balancers, each in every zone: machines reach one inside the VPC at its address in the first zone,
 * operators one on the internet. Both let in what the port table says.
 */
export function createLoadBalancer(context: Context, name: string, args: LoadBalancerArgs, opts: Opts): LoadBalancer {
  const { environment } = context;
  const { network, address, ports } = args;
  const { zones } = environment.network;
  const tags = (resource: string) => tagsOf(environment.name, resource);
  const group = securityGroupOf(args, "haproxy");
  // An address and a port belong to one at a time.
  const on = { ...opts, deleteBeforeReplace: true };
  const balancer = (side: string, addressType: "Intranet" | "Internet", firstAddress?: string) => {
    const sideName = `${name}-${side}`;
    const { id, dnsName } = new nlb.LoadBalancer(
      sideName,
      {
        loadBalancerName: nameOf(environment.name, sideName),
        addressType,
        vpcId: network.id,
        zoneMappings: Array.from({ length: zones }, (_, zone) => ({
          zoneId: zoneName(context, zone),
          vswitchId: network.subnetId({ role: "haproxy", zone }),
          privateIpv4Address: zone === 0 ? firstAddress : undefined,
        })),
        securityGroupIds: [group.id],
        crossZoneEnabled: true,
        tags: tags(sideName),
      },
      on,
    );
    return { side, id, dnsName };
  };
  const internal = balancer("internal", "Intranet", address);
  const internetFacing = balancer("public", "Internet");

  return {
    publicEndpoints: endpointsAt(internetFacing.dnsName, ports),
    addTargets: (targetsName, port, machines) => {
      const sides = [internal, internetFacing].map(({ side, id: loadBalancerId }) => {
        const sideName = `${targetsName}-${side}`;
        const { id: serverGroupId } = new nlb.ServerGroup(
          sideName,
          {
            serverGroupName: nameOf(environment.name, sideName),
            vpcId: network.id,
            serverGroupType: "Ip",
            protocol: "TCP",
            // A machine that reaches itself through the gateway would drop packets from its own address.
            preserveClientIpEnabled: false,
            healthCheck: {
              healthCheckEnabled: true,
              healthCheckType: "TCP",
              healthCheckInterval: 10,
              healthyThreshold: 2,
              unhealthyThreshold: 2,
            },
            tags: tags(sideName),
          },
          opts,
        );
        const listener = new nlb.Listener(
          sideName,
          {
            loadBalancerId,
            listenerProtocol: "TCP",
            listenerPort: port,
            serverGroupId,
            idleTimeout: idleSeconds,
            tags: tags(sideName),
          },
          on,
        );
        const target = ({ plan, privateIp }: Target) =>
          new nlb.ServerGroupServerAttachment(
            `${sideName}-${plan.name}`,
            { serverGroupId, serverType: "Ip", serverId: privateIp, serverIp: privateIp, port },
            opts,
          );
        return { way: [listener], target };
      });
      return waysBy(sides, machines);
    },
  };
}
