import { numberOf, objectsOf, type Properties, type Resource, textsOf } from "../resource.ts";

/** What a cloud's own resource lets in. Ports that are not known count as all. */
export interface ResourceInflow {
  /** Property that says so. */
  path: string;
  source: string;
  fromPort: number;
  toPort: number;
}

type Reader = (properties: Properties) => ResourceInflow[];

const allPorts = { fromPort: 0, toPort: 65535 };

/** One range of ports: numbers, `22`, `30000-32767`, `22/22` or a wildcard. */
function portsOf(from: unknown, to: unknown = from) {
  if (typeof from === "string" && from === to) {
    const [first, last = first] = from.split(/[-/]/);
    return { fromPort: numberOf(first) ?? 0, toPort: numberOf(last) ?? 65535 };
  }
  const fromPort = numberOf(from) ?? 0;
  const toPort = numberOf(to) ?? 65535;
  // Clouds write -1 or 0 to 0 for all.
  return fromPort < 0 || (fromPort === 0 && toPort <= 0) ? allPorts : { fromPort, toPort };
}

const flows = (path: string, sources: unknown, ports: unknown[]): ResourceInflow[] =>
  textsOf(sources).flatMap((source) =>
    (ports.length > 0 ? ports : [undefined]).map((range) => ({ path, source, ...portsOf(range) })),
  );

function withPorts(path: string, sources: unknown, from: unknown, to: unknown): ResourceInflow[] {
  return textsOf(sources).map((source) => ({ path, source, ...portsOf(from, to) }));
}

const openStackRule: Reader = (rule) =>
  rule.direction === "egress"
    ? []
    : withPorts("remoteIpPrefix", rule.remoteIpPrefix, rule.portRangeMin, rule.portRangeMax);

const awsInline: Reader = (group) =>
  objectsOf(group.ingress).flatMap((rule, index) => [
    ...withPorts(`ingress[${index}].cidrBlocks`, rule.cidrBlocks, rule.fromPort, rule.toPort),
    ...withPorts(`ingress[${index}].ipv6CidrBlocks`, rule.ipv6CidrBlocks, rule.fromPort, rule.toPort),
  ]);

const awsIngressRule: Reader = (rule) => [
  ...withPorts("cidrIpv4", rule.cidrIpv4, rule.fromPort, rule.toPort),
  ...withPorts("cidrIpv6", rule.cidrIpv6, rule.fromPort, rule.toPort),
];

const awsRule: Reader = (rule) =>
  rule.type === "egress"
    ? []
    : [
        ...withPorts("cidrBlocks", rule.cidrBlocks, rule.fromPort, rule.toPort),
        ...withPorts("ipv6CidrBlocks", rule.ipv6CidrBlocks, rule.fromPort, rule.toPort),
      ];

const azureRule: Reader = (rule) => {
  if (rule.access === "Deny" || rule.direction === "Outbound") return [];
  const ports = [rule.destinationPortRange, rule.destinationPortRanges].flat().filter((one) => one !== undefined);
  return [
    ...flows("sourceAddressPrefix", rule.sourceAddressPrefix, ports),
    ...flows("sourceAddressPrefixes", rule.sourceAddressPrefixes, ports),
  ];
};

const azureGroup: Reader = (group) =>
  objectsOf(group.securityRules).flatMap((rule, index) =>
    azureRule(rule).map((flow) => ({ ...flow, path: `securityRules[${index}].${flow.path}` })),
  );

const gcpFirewall: Reader = (firewall) => {
  if (firewall.direction === "EGRESS") return [];
  return objectsOf(firewall.allows).flatMap(({ ports }) =>
    flows("sourceRanges", firewall.sourceRanges, textsOf(ports)),
  );
};

const alicloudRule: Reader = (rule) =>
  rule.type === "egress" || rule.policy === "drop" ? [] : flows("cidrIp", rule.cidrIp, textsOf(rule.portRange));

const naverRules: Reader = (group) =>
  objectsOf(group.inbounds).flatMap((rule, index) =>
    flows(`inbounds[${index}].ipBlock`, rule.ipBlock, textsOf(rule.portRange)),
  );

/** Octavia lets everybody in to a listener that names no range. */
const octaviaListener: Reader = ({ allowedCidrs = ["0.0.0.0/0"], protocolPort }) =>
  withPorts("allowedCidrs", allowedCidrs, protocolPort, protocolPort);

const readers: Record<string, Reader> = {
  "openstack:networking/secGroupRule:SecGroupRule": openStackRule,
  "openstack:loadbalancer/listener:Listener": octaviaListener,
  "aws:ec2/securityGroup:SecurityGroup": awsInline,
  "aws:ec2/securityGroupRule:SecurityGroupRule": awsRule,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": awsIngressRule,
  "azure-native:network:SecurityRule": azureRule,
  "azure-native:network:NetworkSecurityGroup": azureGroup,
  "gcp:compute/firewall:Firewall": gcpFirewall,
  "alicloud:ecs/securityGroupRule:SecurityGroupRule": alicloudRule,
  "ncloud:index/accessControlGroupRule:AccessControlGroupRule": naverRules,
};

/** What a resource of any cloud lets in; nothing for types that let nobody in. */
export function inflowsOf({ type, properties }: Resource): ResourceInflow[] {
  return readers[type]?.(properties) ?? [];
}
