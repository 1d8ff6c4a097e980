import { numberOf, type Properties } from "../../config/infrastructure/properties.ts";
import { type Aspect, type Aspects, readerOf } from "../../config/infrastructure/resource-types.ts";
import { gatewayPorts, gatewayServices } from "../../config/ports.ts";
import { isInFront, roleFacts, roles } from "../../config/roles/index.ts";
import type { Resource, ResourceFacts } from "../resource.ts";
import { csap, type Finding, ismsp, operation, type Rule } from "../rule.ts";
import { isWorldOpen } from "./ranges.ts";
import { isKoreanRegion } from "./regions.ts";

type Check = Rule<ResourceFacts>["check"];

/** Judges an aspect of the types that have it; the paths it gives are the properties' own. */
const over =
  <A extends Aspect>(aspect: A, find: (read: Aspects[A], facts: ResourceFacts) => Finding[]): Check =>
  (facts) => {
    const read = readerOf(facts.types[facts.resource.type], aspect);
    return read ? named(facts, find(read, facts)) : [];
  };

/** Judges one of kpaas' own types. */
const overOwn =
  (type: string, find: (properties: Properties) => Finding[]): Check =>
  (facts) =>
    facts.resource.type === type ? named(facts, find(facts.resource.properties)) : [];

const named = ({ resource }: ResourceFacts, findings: Finding[]): Finding[] =>
  findings.map(({ path, ...rest }) => ({ path: [resource.name, path].filter(Boolean).join("."), ...rest }));

const port = (what: string, fromPort: number, toPort = fromPort) => ({ fromPort, toPort, what });

/** Ports by which machines are administered or attacked, at any of which nobody is let in unnamed. */
const guardedPorts = [
  port("SSH", 22),
  ...gatewayServices
    .map((service) => port(service === "api" ? "the API server" : `the ${service}`, gatewayPorts[service]))
    .sort((one, other) => one.fromPort - other.fromPort),
  port("etcd", 2379, 2380),
  port("the kubelet", 10250),
  port("NodePort services", 30000, 32767),
];

/** Components that users and operators reach from outside. Whatever is in any other, a new one too, is behind them. */
const frontComponents: string[] = [
  "kpaas:index:ContainerPlatform",
  "kpaas:index:ApplicationPlatform",
  "kpaas:index:LoadBalancer",
  ...roles.filter(isInFront).map((role) => roleFacts[role].component),
];

const isInner = ({ resource }: ResourceFacts) =>
  resource.parentTypes.some((type) => type.startsWith("kpaas:") && !frontComponents.includes(type));

const isOfMaster = ({ parentTypes }: Resource) => parentTypes.includes(roleFacts.master.component);

const requiredTags = ["kpaas-environment", "kpaas-role"];

const asTag = (name: string) => name.toLowerCase().replace(/[:/]/g, "-");

export const resourceRules: Rule<ResourceFacts>[] = [
  {
    name: "resource-type-is-known",
    description:
      "Every type of resource is told to the rules that could apply to it: what they do not know would pass unjudged.",
    severity: "critical",
    frameworks: [...csap("11"), ...ismsp("2.1.3", "2.10.2")],
    level: "mandatory",
    remedy:
      "Tell the type in resource-types.ts of the infrastructure's folder in stacks/: each aspect, or why it has none.",
    check: ({ resource: { type, name }, types, kind }) =>
      Object.hasOwn(types, type)
        ? []
        : [{ path: name, value: type, message: `policies know no type ${type} on ${kind}` }],
  },
  {
    name: "cloud-firewall-is-not-world-open",
    description: "No rule of the cloud's firewall lets everybody in to an administrative or internal port.",
    severity: "critical",
    frameworks: [...csap("11"), ...ismsp("2.6.1", "2.6.2", "2.6.6", "2.10.2")],
    level: "mandatory",
    remedy: "Name a range of operators or a group of the platform as the source.",
    check: over("inflows", (inflowsOf, { resource }) =>
      inflowsOf(resource.properties)
        .filter(({ source }) => isWorldOpen(source))
        .flatMap(({ path, source, fromPort, toPort }) => {
          const open = guardedPorts.filter((port) => fromPort <= port.toPort && toPort >= port.fromPort);
          if (open.length === 0) return [];
          const what = open.map((port) => port.what).join(", ");
          return [{ path, value: source, message: `${source} may reach ${what}` }];
        }),
    ),
  },
  {
    name: "only-the-front-has-public-addresses",
    description:
      "Masters, workers, registry, database, storage and jump host have no address of their own on the internet.",
    severity: "critical",
    frameworks: [...csap("10", "11"), ...ismsp("2.6.1", "2.10.2")],
    level: "mandatory",
    remedy: "Take the public address away; add a frontend to the gateway instead.",
    check: over("publicAddress", (pathsOf, facts) =>
      isInner(facts)
        ? pathsOf(facts.resource.properties).map((path) => ({ path, message: "can be reached from the internet" }))
        : [],
    ),
  },
  {
    name: "disks-are-encrypted",
    description:
      "A disk that is given back, stolen or copied gives nothing away. A cloud that cannot encrypt one is an exemption with a reason.",
    severity: "high",
    frameworks: [...csap("12"), ...ismsp("2.7.1", "2.10.2")],
    level: "mandatory",
    remedy: "Ask for encryption; where volume types decide, name an encrypted one in infrastructure.diskType.",
    check: over("encryption", (shortcomingsOf, { resource, purpose }) => shortcomingsOf(resource.properties, purpose)),
  },
  {
    name: "data-disks-are-protected",
    description:
      "No `up` removes the only copy of data; only `./kpaas destroy` takes the protection off, and asks first. Masters, where there are several, have a copy each.",
    severity: "high",
    frameworks: [...operation("state"), ...ismsp("2.9.3", "2.12.1"), ...csap("6")],
    level: "mandatory",
    remedy: "Register the disk with protect: true.",
    check: over("protection", (keepsData, { resource, masters }) =>
      keepsData(resource.properties) && !resource.protect && !(masters > 1 && isOfMaster(resource))
        ? [{ path: "protect", message: "an up could remove it" }]
        : [],
    ),
  },
  {
    name: "machines-are-tagged",
    description: "Environment and role stand on every machine: inventory, cost and clean-up go by them.",
    severity: "low",
    frameworks: [...operation("tags"), ...ismsp("2.1.3")],
    level: "mandatory",
    remedy: `Tag the machine with ${requiredTags.join(" and ")}.`,
    check: over("tags", (tagsOf, { resource }) => {
      const { path, texts } = tagsOf(resource.properties);
      const present = texts.map(asTag);
      return requiredTags
        .filter((tag) => !present.includes(tag))
        .map((tag) => ({ path: `${path}.${tag}`, message: "is missing" }));
    }),
  },
  {
    name: "metadata-service-asks-for-a-token",
    description: "A request that a pod is tricked into making gets no credentials of the machine.",
    severity: "high",
    frameworks: [...csap("9"), ...ismsp("2.10.2")],
    level: "mandatory",
    remedy: "Set metadataOptions.httpTokens to required.",
    check: over("metadataToken", (shortcomingsOf, { resource }) => shortcomingsOf(resource.properties)),
  },
  {
    name: "resources-are-in-korea",
    description: "Public bodies' data stays in Korea.",
    severity: "high",
    frameworks: csap("14"),
    level: "advisory",
    remedy: "Choose a region in Korea.",
    // A region that is not set or not known comes from the credentials' surroundings, which no rule sees.
    check: over("region", (regionOf, { resource, kind }) => {
      const { path, texts } = regionOf(resource.properties);
      return texts
        .filter((region) => isKoreanRegion(kind, region) === false)
        .map((region) => ({ path, value: region, message: `${region} is not in Korea` }));
    }),
  },
  {
    name: "certificates-live-at-most-398-days",
    description: "Certificates are renewed at least once a year; authorities are exempt.",
    severity: "medium",
    frameworks: [...csap("12"), ...ismsp("2.7.2")],
    level: "mandatory",
    remedy: "Lower validityDays to 398 or less.",
    check: overOwn("kpaas:index:Certificate", ({ validityDays = 365 }) => {
      const days = numberOf(validityDays) ?? 365;
      if (days <= 398) return [];
      return [{ path: "validityDays", value: days, message: `is valid for ${days} days` }];
    }),
  },
  {
    name: "generated-secrets-cannot-be-guessed",
    description: "Passwords, tokens and keys that are generated have 128 bits or more; there are no default ones.",
    severity: "critical",
    frameworks: [...csap("10"), ...ismsp("2.5.4", "2.7.2")],
    level: "mandatory",
    remedy: "Raise bytes to 16 or more.",
    check: overOwn("kpaas:index:RandomSecret", ({ bytes = 24 }) => {
      const length = numberOf(bytes) ?? 24;
      return length >= 16 ? [] : [{ path: "bytes", value: length, message: `${length * 8} bits can be guessed` }];
    }),
  },
  {
    name: "odd-number-of-masters",
    description: "etcd keeps a quorum through the loss of a member only with an odd number of masters.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.12.1")],
    level: "mandatory",
    remedy: "Set containerPlatform.masters.count to 1, 3, 5 or 7.",
    check: overOwn("kpaas:index:MasterNodes", ({ count }) =>
      typeof count === "number" && count % 2 === 0
        ? [{ path: "count", value: count, message: `${count} masters` }]
        : [],
    ),
  },
];
