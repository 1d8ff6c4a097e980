import { rangesOverlap } from "../addresses.ts";
import type { Environment } from "../environment.ts";
import { capabilitiesOf } from "../infrastructure/catalog.ts";
import { smallestFitting } from "../machine-types.ts";
import { type Problem, problem } from "../problems.ts";
import type { Rule } from "../rule.ts";
import { absentGroups } from "./complete.ts";
import { applicationSubnets, planInstanceGroups, transientVms } from "./plan.ts";

const at = (...path: PropertyKey[]) => ["applicationPlatform", ...path];

/** The containers' own network, which cells have among themselves (silk's default). */
const overlay = "10.255.0.0/16";

/** Rules over several settings of the application platform: all that no single one can tell. */
export const applicationRules: Rule[] = [
  {
    reads: ["applicationPlatform.cidr", "network.cidr", "network.podCidr", "network.serviceCidr"],
    problems: disjointRanges,
  },
  { reads: ["applicationPlatform.systemDomain", "network.domain"], problems: domainsDiffer },
  { reads: ["applicationPlatform", "network.zones"], problems: zonesHoldVms },
  { reads: ["applicationPlatform.gateway", "infrastructure"], problems: loadBalancerExists },
  { reads: ["applicationPlatform"], problems: groupsHaveUse },
  { reads: ["applicationPlatform", "infrastructure"], problems: machineTypesFit },
];

function disjointRanges({ network, applicationPlatform }: Environment): Problem[] {
  if (!applicationPlatform) return [];
  const { cidr } = applicationPlatform;
  const others: [string, string][] = [
    ["network.cidr", network.cidr],
    ["network.podCidr", network.podCidr],
    ["network.serviceCidr", network.serviceCidr],
    ["the applications' containers' range", overlay],
  ];
  return others
    .filter(([, other]) => rangesOverlap(cidr, other))
    .map(([what, other]) =>
      problem(at("cidr"), `must not overlap ${what}, ${other}`, cidr, "give the VMs a range of their own"),
    );
}

function domainsDiffer({ network, applicationPlatform }: Environment): Problem[] {
  if (applicationPlatform?.systemDomain !== network.domain) return [];
  const rule = "must differ from network.domain: api.<domain> is the Kubernetes API's name";
  return [problem(at("systemDomain"), rule, network.domain, `use cf.${network.domain}`)];
}

function zonesHoldVms(environment: Environment): Problem[] {
  const { network, applicationPlatform } = environment;
  if (!applicationPlatform) return [];
  const room = Math.min(...applicationSubnets(applicationPlatform, network.zones).map(({ room }) => room));
  const vms = planInstanceGroups(environment).flatMap((group) => group.vms);
  const needed = vms.filter(({ zone }) => zone === 0).length + transientVms;
  if (needed <= room) return [];
  const rule = `must hold the VMs: ${needed} in one zone, ${transientVms} of them to compile and for errands; room for ${room}`;
  return [problem(at("cidr"), rule, applicationPlatform.cidr, "use a larger range or fewer VMs")];
}

function loadBalancerExists({ infrastructure, applicationPlatform }: Environment): Problem[] {
  if (applicationPlatform?.gateway !== "load-balancer" || capabilitiesOf(infrastructure).loadBalancer) return [];
  const rule = `must be haproxy on ${infrastructure.kind}, where no load balancer is built`;
  return [problem(at("gateway"), rule, "load-balancer", "use haproxy")];
}

function groupsHaveUse({ applicationPlatform }: Environment): Problem[] {
  if (!applicationPlatform) return [];
  return [...absentGroups(applicationPlatform)]
    .filter(([name]) => applicationPlatform.groups[name])
    .map(([name, because]) =>
      problem(at("groups", name), `sizes a group that is absent, as ${because}`, undefined, "remove one of the two"),
    );
}

function machineTypesFit(environment: Environment): Problem[] {
  const { machineTypes } = environment.infrastructure;
  if (!machineTypes) return [];
  return planInstanceGroups(environment)
    .filter(({ size }) => !smallestFitting(machineTypes, size))
    .map(({ name, vmType, size: { vcpus, memoryGiB } }) => {
      const rule = `no type of infrastructure.machineTypes has ${vcpus} processors and ${memoryGiB} GiB of memory`;
      return problem(at("groups", name, "vmType"), rule, vmType, "name a larger type or ask for less");
    });
}
