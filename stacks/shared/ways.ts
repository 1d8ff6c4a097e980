import type * as pulumi from "@pulumi/pulumi";
import type { Target, Ways } from "../../components/infrastructure.ts";

/** A load balancer, or a side of one, that has a resource for each of its targets. */
interface Side {
  way: pulumi.Resource[];
  target(machine: Target): pulumi.Resource;
}

/** Makes each machine a target of all sides, by resources of its own. */
export function waysBy(sides: readonly Side[], machines: readonly Target[]): Ways {
  const ofMachine = new Map(
    machines.map((machine) => [machine.plan.name, sides.map(({ target }) => target(machine))] as const),
  );
  return { all: [...sides.flatMap(({ way }) => way), ...[...ofMachine.values()].flat()], ofMachine };
}
