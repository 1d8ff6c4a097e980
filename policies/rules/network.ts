import { Address4 } from "ip-address";
import { metadataDestinations } from "../../components/first-boot/metadata-destinations.ts";
import { nodeGuard } from "../../components/first-boot/node-guard.ts";
import { nodeGuardUnit } from "../../components/first-boot/units.ts";
import { type TierSubnet, tierOf, tierSubnets } from "../../config/addresses.ts";
import { capabilitiesOf } from "../../config/infrastructure/catalog.ts";
import { backendRoles, type GatewayService, gatewayPorts, gatewayServices } from "../../config/ports.ts";
import { isInFront, isNode, isSupportRole, nodeRoles, type Role } from "../../config/roles/index.ts";
import type { Inflow, PlatformFacts } from "../facts.ts";
import { csap, type Finding, ismsp, type Rule } from "../rule.ts";
import { isWorldOpen } from "./ranges.ts";

/** Ports that only some roles may reach on some. */
interface Guarded {
  name: string;
  description: string;
  fromPort: number;
  toPort: number;
  /** Roles with the service. */
  on: readonly Role[];
  by: readonly Role[];
  frameworks: Rule<PlatformFacts>["frameworks"];
}

/** Services on machines of their own behind the gateway, by name. */
const backendServices = gatewayServices.filter((service) => isSupportRole(backendRoles[service])).toSorted();

/** ISMS-P's items for the access that is controlled. @default access to networks */
const accessItems: Partial<Record<GatewayService, string>> = { database: "2.6.4", registry: "2.6.3" };

function behindGateway(service: GatewayService): Guarded {
  return {
    name: `${service}-is-reached-through-the-gateway-only`,
    description: `The ${service}'s own machine answers nobody but the gateway.`,
    fromPort: gatewayPorts[service],
    toPort: gatewayPorts[service],
    on: [backendRoles[service]],
    by: ["haproxy"],
    frameworks: [...csap("11"), ...ismsp(accessItems[service] ?? "2.6.1")],
  };
}

const guarded: Guarded[] = [
  {
    name: "etcd-is-reached-by-masters-only",
    description: "etcd holds every secret of the cluster; only masters have business there.",
    fromPort: 2379,
    toPort: 2380,
    on: ["master"],
    by: ["master"],
    frameworks: [...csap("11"), ...ismsp("2.6.1", "2.6.4")],
  },
  {
    name: "kubelets-are-reached-by-nodes-only",
    description: "A kubelet runs commands in any container of its node.",
    fromPort: 10250,
    toPort: 10250,
    on: nodeRoles,
    by: nodeRoles,
    frameworks: [...csap("11"), ...ismsp("2.6.1", "2.6.2")],
  },
  {
    name: "node-ports-are-reached-through-the-gateway-only",
    description: "Services are published at one place, where they can be seen and limited.",
    fromPort: 30000,
    toPort: 32767,
    on: ["worker"],
    by: ["haproxy"],
    frameworks: [...csap("11"), ...ismsp("2.6.1")],
  },
  ...backendServices.map(behindGateway),
  {
    name: "storage-is-reached-by-workers-only",
    description: "Whoever reaches the file server reads every volume, so no pod does.",
    fromPort: 2049,
    toPort: 2049,
    on: ["storage"],
    by: ["worker"],
    frameworks: [...csap("11"), ...ismsp("2.6.1")],
  },
];

const guardedRules = guarded.map(({ on, by, fromPort, toPort, ...rule }): Rule<PlatformFacts> => {
  const opens = (flow: Inflow) => covers(flow, fromPort, toPort) && on.includes(flow.role);
  const isAllowed = ({ source }: Inflow) => "role" in source && by.includes(source.role);
  return {
    ...rule,
    severity: "critical",
    level: "mandatory",
    remedy: `Let in only ${by.join(" and ")} (config/ports.ts).`,
    check: ({ inflows }) => inflows.filter((flow) => opens(flow) && !isAllowed(flow)).map(finding),
  };
});

function covers({ protocol, fromPort, toPort }: Inflow, first: number, last: number): boolean {
  if (protocol !== "tcp") return false;
  return (fromPort ?? 0) <= last && (toPort ?? 65535) >= first;
}

function sourceOf({ source }: Inflow): string {
  if ("pods" in source) return "pods";
  return "role" in source ? source.role : source.cidr;
}

function finding(flow: Inflow): Finding {
  const { role, protocol, fromPort, toPort } = flow;
  const ports = fromPort === undefined ? "" : ` ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
  return {
    path: `firewall.${role}`,
    value: sourceOf(flow),
    message: `${protocol}${ports} is open to ${sourceOf(flow)}`,
  };
}

/** Gives what guards each node against its pods: nothing where that is missing. */
function guards({ configurations }: PlatformFacts) {
  return configurations
    .filter(({ role }) => isNode(role))
    .map(({ machine, role, files }) => {
      const content = files[guardPath]?.content ?? "";
      const unit = files[nodeGuardUnit.path]?.content ?? "";
      const isLoaded = /^Before=.*kubelet\.service/m.test(unit) && /^ExecStart=\S+nft -f /m.test(unit);
      return { path: `${machine}: ${guardPath}`, role, content, isLoaded };
    });
}

const guardPath = "/etc/kpaas/node-guard.nft";

export const networkRules: Rule<PlatformFacts>[] = [
  {
    name: "nothing-is-open-to-the-world",
    description: "Whoever may reach the platform from outside is named by range.",
    severity: "critical",
    frameworks: [...csap("11"), ...ismsp("2.6.1", "2.6.6", "2.10.2")],
    level: "mandatory",
    remedy: "Name your operators' own ranges in network.adminCidrs.",
    check: ({ inflows }) => inflows.filter(({ source }) => "cidr" in source && isWorldOpen(source.cidr)).map(finding),
  },
  {
    name: "only-the-front-is-entered-from-outside",
    description: "Operators reach the gateway and the bastion; every other machine answers only the platform's own.",
    severity: "critical",
    frameworks: [...csap("10", "11"), ...ismsp("2.6.1", "2.6.2")],
    level: "mandatory",
    remedy: "Let in roles of the platform instead of ranges (config/ports.ts).",
    check({ inflows, environment }) {
      const isOutside = ({ source }: Inflow) => "cidr" in source && source.cidr !== environment.network.cidr;
      return inflows.filter((flow) => !isInFront(flow.role) && isOutside(flow)).map(finding);
    },
  },
  {
    name: "administrators-enter-by-the-bastion-only",
    description: "One way in by SSH is one place to watch, limit and close.",
    severity: "critical",
    frameworks: [...csap("10"), ...ismsp("2.6.2", "2.6.6", "2.5.5")],
    level: "mandatory",
    remedy: "Let in SSH from the bastion only (config/ports.ts).",
    check({ inflows, environment }) {
      const ssh = inflows.filter((flow) => flow.role !== "bastion" && covers(flow, 22, 22));
      const missing: Finding[] =
        capabilitiesOf(environment.infrastructure).bastion && !environment.bastion
          ? [{ path: "bastion", message: "there is no bastion" }]
          : [];
      return [...missing, ...ssh.filter((flow) => sourceOf(flow) !== "bastion").map(finding)];
    },
  },
  {
    name: "operators-ranges-are-narrow",
    description: "In operation, a range of more than 65,536 addresses is nobody's office.",
    severity: "medium",
    frameworks: [...csap("10"), ...ismsp("2.6.6")],
    level: "mandatory",
    remedy: "Name ranges of /16 or smaller in network.adminCidrs.",
    check: ({ environment }) =>
      environment.purpose !== "operation"
        ? []
        : environment.network.adminCidrs.flatMap((cidr, index) =>
            Number(cidr.split("/")[1]) < 16
              ? [{ path: `network.adminCidrs[${index}]`, value: cidr, message: `${cidr} is wider than /16` }]
              : [],
          ),
  },
  {
    name: "management-has-a-subnet-of-its-own",
    description: "The front, the control plane with what keeps state, and the workers lie in separate subnets.",
    severity: "high",
    frameworks: [...csap("9", "11"), ...ismsp("2.6.1")],
    level: "mandatory",
    remedy: "Keep each role's fixed addresses inside its own tier's range (config/roles/).",
    check({ environment, machines }) {
      const subnets = tierSubnets(environment);
      return machines.flatMap(({ name, role, zone, privateIp }) => {
        if (!privateIp) return [];
        const own = subnets.find((subnet) => subnet.zone === zone && subnet.tier === tierOf(role));
        if (own && isInside(privateIp, own)) return [];
        return [{ path: `${name}.privateIp`, value: privateIp, message: `${privateIp} is outside ${tierOf(role)}` }];
      });
    },
  },
  {
    name: "pods-are-kept-from-the-metadata-service",
    description: "A cloud's metadata address hands out user-data and credentials of the machine.",
    severity: "high",
    frameworks: [...csap("9"), ...ismsp("2.10.2")],
    level: "mandatory",
    remedy: "Write the guard and its service on every node (components/first-boot/node.ts).",
    check: (facts) =>
      guards(facts).flatMap(({ path, content }) =>
        metadataDestinations()
          .filter((to) => !content.includes(`${to} counter drop`))
          .map((to) => ({ path, message: `does not close ${to}` })),
      ),
  },
  {
    name: "pods-reach-machines-by-the-port-table-only",
    description:
      "Firewalls take a pod for its node: without a guard there it reaches all that nodes do, volumes and kubelets.",
    severity: "critical",
    frameworks: [...csap("9", "11"), ...ismsp("2.6.1", "2.10.2")],
    level: "mandatory",
    remedy:
      "Render the guard of every node from config/ports.ts, and load it before pods start (components/first-boot/).",
    check: (facts) =>
      guards(facts).flatMap(({ path, role, content, isLoaded }) => [
        ...(content === nodeGuard(role, facts.environment) ? [] : [{ path, message: "is not what the table says" }]),
        ...(isLoaded ? [] : [{ path, message: "is not loaded before pods start" }]),
      ]),
  },
  ...guardedRules,
];

function isInside(address: string, { cidr }: TierSubnet): boolean {
  return new Address4(address).isInSubnet(new Address4(cidr));
}
