import type { GroupName } from "./group.ts";
import { groupNames, instanceGroups } from "./instance-groups.ts";

/** A port of the load balancer that stands before the routers. */
export interface GatewayListener {
  port: number;
  group: GroupName;
  /** Port of the group's VMs. Two ports may lead to one. */
  vmPort: number;
  /** Port at which a VM of the group always answers: those of TCP routes do so only while a route is there. */
  healthPort: number;
}

/** Listeners, one for each single port of the gateway. */
export const gatewayListeners: readonly GatewayListener[] = groupNames.flatMap((group) => {
  const { gatewayPorts = [], ports } = instanceGroups[group];
  const health = ports.find(({ from }) => from.includes("gateway"))?.fromPort;
  return gatewayPorts.flatMap(({ fromPort, toPort, vmPort }) =>
    Array.from({ length: toPort - fromPort + 1 }, (_, index) => ({
      port: fromPort + index,
      group,
      vmPort: vmPort + index,
      healthPort: health ?? vmPort + index,
    })),
  );
});
