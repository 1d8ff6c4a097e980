import * as octavia from "@pulumi/openstack/loadbalancer/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { LoadBalancer, LoadBalancerArgs } from "../../components/infrastructure.ts";
import { securityGroupOf } from "../../components/platform-machine.ts";
import { endpointsAt } from "../shared/ssh-access.ts";
import type { Context } from "./context.ts";

/** Idle time-out, as long as HAProxy's: watches and connection pools are quiet for long. */
const idleMilliseconds = 3_600_000;

/**
 * Makes a load balancer with a floating address for operators. Octavia's has its own list of ranges that may reach it;
 * Neutron's, which Octavia took the place of, has a security group.
 */
export function createLoadBalancer(
  context: Context,
  name: string,
  args: LoadBalancerArgs,
  opts: pulumi.CustomResourceOptions,
): LoadBalancer {
  const { environment } = context;
  const { network, address, ports, adminCidrs } = args;
  const { octavia: isOctavia } = context.variant;
  const resourceName = `kpaas-${environment.name}-gateway`;
  const subnetId = network.subnetId({ role: "haproxy", zone: 0 });
  const balancer = new octavia.LoadBalancer(
    name,
    {
      name: resourceName,
      vipSubnetId: subnetId,
      vipAddress: address,
      securityGroupIds: isOctavia ? undefined : [securityGroupOf(args, "haproxy").id],
    },
    // An address belongs to one at a time.
    { ...opts, deleteBeforeReplace: true },
  );
  const { id: loadbalancerId, vipPortId } = balancer;
  const inTurn = oneAfterAnother(balancer, opts);
  const publicIp = context.variant.createPublicAddress(
    context,
    name,
    { portId: vipPortId, privateIp: address, ports },
    opts,
  );
  return {
    publicEndpoints: endpointsAt(publicIp, ports),
    addTargets: (targetsName, port, machines) => {
      const portName = `${resourceName}-${port}`;
      const listener = inTurn(
        (turn) =>
          new octavia.Listener(
            targetsName,
            {
              name: portName,
              loadbalancerId,
              protocol: "TCP",
              protocolPort: port,
              // In the order in which Octavia gives them back. Neutron's takes no notice of these: its security group does the same.
              allowedCidrs: [...new Set([...adminCidrs, environment.network.cidr])].sort(),
              ...(isOctavia && { timeoutClientData: idleMilliseconds, timeoutMemberData: idleMilliseconds }),
            },
            turn,
          ),
      );
      const pool = inTurn(
        (turn) =>
          new octavia.Pool(
            targetsName,
            { name: portName, listenerId: listener.id, protocol: "TCP", lbMethod: "LEAST_CONNECTIONS" },
            turn,
          ),
      );
      const poolId = pool.id;
      const inPool = goingWithPool(context, pool);
      // By way of the first zone's subnet, from where the firewall lets the load balancer in. By the fixed address, which the next machine
      // has, too: they wait for no machine, and a machine that is made anew is back by itself.
      const targets = machines.map(({ plan, privateIp }) => ({
        name: plan.hostname,
        address: plan.privateIp ?? privateIp,
        protocolPort: port,
        subnetId,
      }));
      const members = isOctavia
        ? [inTurn((turn) => new octavia.Members(targetsName, { poolId, members: targets }, { ...turn, ...inPool }))]
        : targets.map((target, index) =>
            inTurn((turn) => new octavia.Member(`${targetsName}-${index + 1}`, { poolId, ...target }, turn)),
          );
      const watch = { name: portName, poolId, type: "TCP", delay: 5, timeout: 3, maxRetries: 2 };
      inTurn((turn) => new octavia.Monitor(targetsName, watch, { ...turn, ...inPool }));
      return { all: members, ofMachine: new Map() };
    },
  };
}

/**
 * Gives the options of a pool's parts: Octavia deletes a pool with its members and its monitor; Neutron's wants them
 * gone before.
 */
export const goingWithPool = ({ variant }: Context, pool: octavia.Pool): pulumi.CustomResourceOptions =>
  variant.octavia ? { deletedWith: pool } : {};

/**
 * Makes the parts of a load balancer one after another: Octavia changes one at a time. Asked for several at once it
 * makes the others wait, and now and then refuses one, saying that `TCP is not a valid option for type`, when its
 * database has seen a deadlock.
 */
export function oneAfterAnother(first: pulumi.Resource, opts: pulumi.CustomResourceOptions) {
  let last = first;
  return <T extends pulumi.Resource>(make: (turn: pulumi.CustomResourceOptions) => T): T => {
    const made = make({ ...opts, dependsOn: [last] });
    last = made;
    return made;
  };
}
