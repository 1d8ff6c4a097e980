import * as octavia from "@pulumi/openstack/loadbalancer/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { LoadBalancer, LoadBalancerArgs } from "../../components/infrastructure.ts";
import { endpointsAt } from "../ssh-access.ts";
import type { Site } from "./index.ts";
import { createFloatingIp } from "./machine.ts";

/** As long as HAProxy's: watches and connection pools are quiet for long. */
const idleMilliseconds = 3_600_000;

/** A load balancer of Octavia, which has its own list of ranges that may reach it, and a floating address for operators. */
export function createLoadBalancer(
  site: Site,
  name: string,
  { network, address, ports, adminCidrs }: LoadBalancerArgs,
  opts: pulumi.CustomResourceOptions,
): LoadBalancer {
  const { environment } = site;
  const resourceName = `kpaas-${environment.name}-gateway`;
  const subnetId = network.subnetId({ role: "haproxy", zone: 0 });
  const { id: loadbalancerId, vipPortId } = new octavia.LoadBalancer(
    name,
    { name: resourceName, vipSubnetId: subnetId, vipAddress: address },
    // An address belongs to one at a time.
    { ...opts, deleteBeforeReplace: true },
  );
  return {
    publicEndpoints: endpointsAt(createFloatingIp(site, name, vipPortId, opts), ports),
    addTargets: (targetsName, port, machines) => {
      const portName = `${resourceName}-${port}`;
      const listener = new octavia.Listener(
        targetsName,
        {
          name: portName,
          loadbalancerId,
          protocol: "TCP",
          protocolPort: port,
          allowedCidrs: [...new Set([...adminCidrs, environment.network.cidr])],
          timeoutClientData: idleMilliseconds,
          timeoutMemberData: idleMilliseconds,
        },
        opts,
      );
      const { id: poolId } = new octavia.Pool(
        targetsName,
        { name: portName, listenerId: listener.id, protocol: "TCP", lbMethod: "LEAST_CONNECTIONS" },
        opts,
      );
      const members = new octavia.Members(
        targetsName,
        {
          poolId,
          // By way of the first zone's subnet, from where the firewall lets the load balancer in.
          members: machines.map(({ plan, privateIp }) => ({
            name: plan.hostname,
            address: privateIp,
            protocolPort: port,
            subnetId,
          })),
        },
        opts,
      );
      new octavia.Monitor(
        targetsName,
        { name: portName, poolId, type: "TCP", delay: 5, timeout: 3, maxRetries: 2 },
        opts,
      );
      return [members];
    },
  };
}
