import type { GroupName } from "../../config/application-platform/group.ts";
import { instanceGroups } from "../../config/application-platform/instance-groups.ts";
import { capabilitiesOf } from "../../config/infrastructure/catalog.ts";
import type { MachineSize } from "../../config/machine-size.ts";
import type { ApplicationFacts, ApplicationInflow, PlatformFacts } from "../facts.ts";
import { csap, type Finding, ismsp, operation, type Rule } from "../rule.ts";
import { isWorldOpen } from "./ranges.ts";

/** Sizes that applications and their developers need at the least; smaller VMs start, and fail under load. */
const floors: Partial<Record<GroupName, MachineSize>> = {
  api: { vcpus: 2, memoryGiB: 8, diskGiB: 50 },
  database: { vcpus: 2, memoryGiB: 8, diskGiB: 10 },
  "diego-cell": { vcpus: 4, memoryGiB: 16, diskGiB: 100 },
};
const leastOfAll: MachineSize = { vcpus: 1, memoryGiB: 2, diskGiB: 10 };

/** Applications' own ports: whoever may use an application comes by them, the whole world too. */
const publicPorts = [
  [80, 80],
  [443, 443],
  [4443, 4443],
  [1024, 1123],
] as const;

type Check = (platform: ApplicationFacts, facts: PlatformFacts) => Finding[];

/** Applies a check to the application platform; where there is none, nothing breaks it. */
const ofApplications =
  (check: Check): Rule<PlatformFacts>["check"] =>
  (facts) =>
    facts.applicationPlatform ? check(facts.applicationPlatform, facts) : [];

/** Applies a check only where users depend on the environment. */
const inOperation = (check: Check): Rule<PlatformFacts>["check"] =>
  ofApplications((platform, facts) => (facts.environment.purpose === "operation" ? check(platform, facts) : []));

const sizing = (name: string) => `applicationPlatform.groups.${name}`;

function finding({ group, protocol, fromPort, toPort, source }: ApplicationInflow): Finding {
  const ports = fromPort === undefined ? "" : ` ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`}`;
  return { path: `firewall.${group}`, value: source, message: `${protocol}${ports} is open to ${source}` };
}

const isRange = (source: string): boolean => source.includes("/");

export const applicationPlatformRules: Rule<PlatformFacts>[] = [
  {
    name: "application-platform-survives-a-machine",
    description: "Every group of the application platform that can be doubled has two VMs or more.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.9.2", "2.12.1")],
    level: "mandatory",
    remedy: "Set applicationPlatform.size to standard or operation, or raise the group's count.",
    check: inOperation(({ groups }) =>
      groups
        .filter(({ name, vms }) => vms.length < 2 && instanceGroups[name].most > 1)
        .map(({ name, vms }) => ({
          path: `${sizing(name)}.count`,
          value: vms.length,
          message: `${name} stands alone`,
        })),
    ),
  },
  {
    name: "application-gateway-survives-a-machine",
    description: "Applications are reached through the infrastructure's load balancer, where it has one.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.9.2", "2.12.1")],
    level: "mandatory",
    remedy: "Set applicationPlatform.gateway to load-balancer.",
    check: inOperation((_, { environment: { infrastructure, applicationPlatform } }) =>
      applicationPlatform?.gateway === "load-balancer" || !capabilitiesOf(infrastructure).loadBalancer
        ? []
        : [
            {
              path: "applicationPlatform.gateway",
              value: applicationPlatform?.gateway,
              message: "haproxy stands alone",
            },
          ],
    ),
  },
  {
    name: "application-blobs-survive-a-machine",
    description: "Packages and droplets lie in an object store: the platform's own blobstore cannot be doubled.",
    severity: "medium",
    frameworks: [...csap("6"), ...ismsp("2.9.3", "2.12.1")],
    level: "advisory",
    remedy: "Set applicationPlatform.blobstore.kind to external.",
    check: inOperation(({ groups }) =>
      groups
        .filter(({ name, persistentDiskGiB }) => persistentDiskGiB !== undefined && instanceGroups[name].most === 1)
        .map(({ name }) => ({
          path: "applicationPlatform.blobstore.kind",
          value: "internal",
          message: `${name} is one VM`,
        })),
    ),
  },
  {
    name: "application-platform-is-spread-over-zones",
    description: "No zone holds more of a group than its share, so that its loss leaves the rest.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.12.1")],
    level: "mandatory",
    remedy: "Spread each group's VMs round-robin over network.zones (config/application-platform/plan.ts).",
    check: ofApplications(({ groups }, { environment: { network } }) =>
      groups.flatMap(({ name, vms }) => {
        const share = Math.ceil(vms.length / network.zones);
        return Array.from({ length: network.zones }, (_, zone) => vms.filter((vm) => vm.zone === zone).length)
          .filter((here) => here > share)
          .map((here) => ({ path: sizing(name), value: here, message: `${here} of ${vms.length} VMs in one zone` }));
      }),
    ),
  },
  {
    name: "application-platform-has-sizes-for-load",
    description: "VMs are no smaller than users' applications and their deployment need.",
    severity: "medium",
    frameworks: [...operation("capacity"), ...ismsp("2.9.2")],
    level: "mandatory",
    remedy: "Choose a larger vmType for the group.",
    check: inOperation(({ groups }) =>
      groups.flatMap(({ name, size }) => {
        const least = floors[name] ?? leastOfAll;
        return (Object.keys(least) as (keyof MachineSize)[])
          .filter((unit) => size[unit] < least[unit])
          .map((unit) => ({
            path: `${sizing(name)}.vmType`,
            value: size[unit],
            message: `${unit} is below ${least[unit]}`,
          }));
      }),
    ),
  },
  {
    name: "application-ports-alone-are-open-to-the-world",
    description:
      "The world reaches applications' own ports at the gateway; nothing else, no SSH into applications either.",
    severity: "critical",
    frameworks: [...csap("11"), ...ismsp("2.6.1", "2.6.6", "2.10.2")],
    level: "mandatory",
    remedy: "Name ranges in network.adminCidrs (config/application-platform/ports.ts).",
    check: ofApplications(({ inflows }) =>
      inflows
        .filter(({ source }) => isRange(source) && isWorldOpen(source))
        .filter(
          ({ group, protocol, fromPort = 0, toPort = 65535 }) =>
            group !== "gateway" ||
            protocol !== "tcp" ||
            !publicPorts.some(([first, last]) => first <= fromPort && toPort <= last),
        )
        .map(finding),
    ),
  },
  {
    name: "applications-are-reached-through-the-gateway-only",
    description:
      "VMs of the application platform answer one another, the gateway, the director and the jump host; nobody from outside.",
    severity: "critical",
    frameworks: [...csap("10", "11"), ...ismsp("2.6.1", "2.6.2")],
    level: "mandatory",
    remedy: "Let in groups instead of ranges (config/application-platform/instance-groups.ts).",
    check: ofApplications(({ inflows }, { environment: { applicationPlatform } }) =>
      inflows
        .filter(({ group, source }) => group !== "gateway" && isRange(source) && source !== applicationPlatform?.cidr)
        .map(finding),
    ),
  },
  {
    name: "application-vms-are-entered-by-the-bastion-only",
    description: "One way in by SSH is one place to watch, limit and close.",
    severity: "critical",
    frameworks: [...csap("10"), ...ismsp("2.6.2", "2.6.6", "2.5.5")],
    level: "mandatory",
    remedy:
      "Let in SSH from the director, and to it from the jump host, which the bastion leads to (config/application-platform/ports.ts).",
    check: ofApplications(({ inflows }) =>
      inflows
        .filter(({ protocol, fromPort = 0, toPort = 65535 }) => protocol === "tcp" && fromPort <= 22 && toPort >= 22)
        .filter(({ group, source }) => source !== "director" && !(group === "director" && source === "jumphost"))
        .map(finding),
    ),
  },
];
