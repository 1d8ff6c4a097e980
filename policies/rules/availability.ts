import { capabilitiesOf } from "../../config/infrastructure/catalog.ts";
import { type Role, roleFacts } from "../../config/roles/index.ts";
import type { LeastSize } from "../../config/roles/role.ts";
import type { PlatformFacts } from "../facts.ts";
import { csap, type Finding, ismsp, operation, type Rule } from "../rule.ts";

/** Applies a check only where users depend on the environment. */
const inOperation =
  (check: Rule<PlatformFacts>["check"]): Rule<PlatformFacts>["check"] =>
  (facts) =>
    facts.environment.purpose === "operation" ? check(facts) : [];

const count = ({ machines }: PlatformFacts, role: Role) => machines.filter((machine) => machine.role === role).length;

export const availabilityRules: Rule<PlatformFacts>[] = [
  {
    name: "control-plane-survives-a-machine",
    description: "Three masters or more keep etcd's quorum and the API through the loss of a machine.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.9.2", "2.12.1")],
    level: "mandatory",
    remedy: "Set containerPlatform.masters.count to 3, 5 or 7.",
    check: inOperation((facts) => {
      const masters = count(facts, "master");
      if (masters >= 3 && masters % 2 === 1) return [];
      return [{ path: "containerPlatform.masters.count", value: masters, message: `${masters} masters` }];
    }),
  },
  {
    name: "gateway-survives-a-machine",
    description:
      "The gateway is two HAProxy machines or the infrastructure's load balancer, where it has the one or the other.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.9.2", "2.12.1")],
    level: "mandatory",
    remedy: "Set containerPlatform.haproxy.count to 2, or containerPlatform.gateway to load-balancer.",
    check: inOperation((facts) => {
      const { infrastructure, containerPlatform } = facts.environment;
      const { virtualAddress, loadBalancer } = capabilitiesOf(infrastructure);
      const gateways = count(facts, "haproxy");
      if (containerPlatform.gateway === "load-balancer" || gateways >= 2) return [];
      if (!virtualAddress && !loadBalancer) return [];
      return [{ path: "containerPlatform.haproxy.count", value: gateways, message: "the gateway stands alone" }];
    }),
  },
  {
    name: "workers-survive-a-machine",
    description: "Every pool that has workers has two or more, so that its pods find another place.",
    severity: "medium",
    frameworks: [...csap("6"), ...ismsp("2.9.2", "2.12.1")],
    level: "mandatory",
    remedy: "Raise the pool's count to 2 or more.",
    check: inOperation(({ environment }) =>
      environment.containerPlatform.workerPools.flatMap(({ name, count }, index) =>
        count === 1
          ? [{ path: `containerPlatform.workerPools[${index}].count`, value: count, message: `${name} has one worker` }]
          : [],
      ),
    ),
  },
  {
    name: "several-zones-are-used",
    description: "The loss of a zone leaves a part of every role that is more than one machine.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.12.1")],
    level: "mandatory",
    remedy: "Set network.zones to 2 or 3.",
    check: inOperation(({ environment: { network, infrastructure } }) =>
      network.zones >= 2 || capabilitiesOf(infrastructure).onThisHost
        ? []
        : [{ path: "network.zones", value: network.zones, message: "one zone holds everything" }],
    ),
  },
  {
    name: "masters-are-spread-over-zones",
    description: "With three zones and three masters, no zone holds etcd's majority.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.12.1")],
    level: "mandatory",
    remedy: "Spread masters round-robin over network.zones (config/machines.ts).",
    check: ({ machines, environment }) => {
      const masters = machines.filter(({ role }) => role === "master");
      const most = Math.ceil(masters.length / environment.network.zones);
      return Array.from({ length: environment.network.zones }, (_, zone): Finding[] => {
        const here = masters.filter((master) => master.zone === zone).length;
        return here > most ? [{ path: `zone ${zone + 1}`, value: here, message: `${here} masters in one zone` }] : [];
      }).flat();
    },
  },
  {
    name: "operation-has-sizes-for-load",
    description: "Machines and data disks are no smaller than users' work needs.",
    severity: "medium",
    frameworks: [...operation("capacity"), ...ismsp("2.9.2")],
    level: "mandatory",
    remedy: "Raise the size named.",
    check: inOperation(({ machines }) =>
      machines
        .filter(({ ordinal }) => ordinal === 1)
        .flatMap(({ name, role, size, dataDisk }) => {
          const least = roleFacts[role].leastInOperation;
          const has: LeastSize = { ...size, dataDiskGiB: dataDisk?.sizeGiB };
          return (Object.keys(least) as (keyof LeastSize)[])
            .filter((unit) => (has[unit] ?? 0) < (least[unit] ?? 0))
            .map((unit) => ({ path: `${name}.${unit}`, value: has[unit], message: `is less than ${least[unit]}` }));
        }),
    ),
  },
];
