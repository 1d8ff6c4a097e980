import { innerComponents } from "../../config/roles/index.ts";
import { numberOf, objectsOf, type Properties, type ResourceFacts, textsOf } from "../resource.ts";
import { csap, type Finding, ismsp, operation, type Rule } from "../rule.ts";
import { inflowsOf } from "./inflows.ts";
import { isWorldOpen } from "./ranges.ts";
import { isKoreanRegion } from "./regions.ts";

type Check = Rule<ResourceFacts>["check"];

/** Looks at properties of some types; the paths it gives are the properties' own. */
function over(byType: Record<string, (properties: Properties, facts: ResourceFacts) => Finding[]>): Check {
  return (facts) => {
    const { type, name, properties } = facts.resource;
    const found = byType[type]?.(properties, facts) ?? [];
    return found.map(({ path, ...rest }) => ({ path: [name, path].filter(Boolean).join("."), ...rest }));
  };
}

/** Ports by which machines are administered or attacked, at any of which nobody is let in unnamed. */
const guardedPorts = [
  { fromPort: 22, toPort: 22, what: "SSH" },
  { fromPort: 3306, toPort: 3306, what: "the database" },
  { fromPort: 5000, toPort: 5000, what: "the registry" },
  { fromPort: 6443, toPort: 6443, what: "the API server" },
  { fromPort: 2379, toPort: 2380, what: "etcd" },
  { fromPort: 10250, toPort: 10250, what: "the kubelet" },
  { fromPort: 30000, toPort: 32767, what: "NodePort services" },
];

const innerTypes = innerComponents();

const isInner = ({ resource }: ResourceFacts) => resource.parentTypes.some((type) => innerTypes.includes(type));

const publicOnInner =
  (path: string, isPublic: (properties: Properties) => unknown) =>
  (properties: Properties, facts: ResourceFacts): Finding[] =>
    isInner(facts) && isPublic(properties) ? [{ path, message: "can be reached from the internet" }] : [];

const always = () => true;
const hasAny = (key: string, inner: string) => (properties: Properties) =>
  objectsOf(properties[key]).some((one) => objectsOf(one[inner]).length > 0);

/** Not known, or not set, is not encrypted where the cloud does so on demand only. */
const encrypted = (path: string) => (properties: Properties) =>
  properties[path] === true ? [] : [{ path, value: properties[path], message: "the disk is not encrypted" }];

const namedVolumeType = (properties: Properties, { purpose }: ResourceFacts): Finding[] =>
  purpose !== "operation" || textsOf(properties.volumeType).length > 0
    ? []
    : [{ path: "volumeType", message: "the cloud's default type is seldom encrypted" }];

export const volumeTypes = [
  "openstack:blockstorage/volume:Volume",
  "aws:ebs/volume:Volume",
  "azure-native:compute:Disk",
  "gcp:compute/disk:Disk",
  "alicloud:ecs/ecsDisk:EcsDisk",
  "ncloud:index/blockStorage:BlockStorage",
];

/** Where each type of machine keeps what an inventory reads. */
export const machineTags: Record<string, string> = {
  "openstack:compute/instance:Instance": "metadata",
  "aws:ec2/instance:Instance": "tags",
  "azure-native:compute:VirtualMachine": "tags",
  "gcp:compute/instance:Instance": "labels",
  "alicloud:ecs/instance:Instance": "tags",
};

const requiredTags = ["kpaas-environment", "kpaas-role"];

const missingTags =
  (key: string) =>
  (properties: Properties): Finding[] => {
    const present = Object.keys(objectsOf(properties[key])[0] ?? {}).map((tag) =>
      tag.toLowerCase().replace(/[:/]/g, "-"),
    );
    return requiredTags
      .filter((tag) => !present.includes(tag))
      .map((tag) => ({ path: `${key}.${tag}`, message: "is missing" }));
  };

/** A region that is not set or not known comes from the credentials' surroundings, which no rule sees. */
const regionIn =
  (kind: string, key = "region") =>
  (properties: Properties): Finding[] =>
    textsOf(properties[key])
      .filter((region) => isKoreanRegion(kind, region.toLowerCase()) === false)
      .map((region) => ({ path: key, value: region, message: `${region} is not in Korea` }));

export const resourceRules: Rule<ResourceFacts>[] = [
  {
    name: "cloud-firewall-is-not-world-open",
    description: "No rule of the cloud's firewall lets everybody in to an administrative or internal port.",
    severity: "critical",
    frameworks: [...csap("11"), ...ismsp("2.6.1", "2.6.2", "2.6.6", "2.10.2")],
    level: "mandatory",
    remedy: "Name a range of operators or a group of the platform as the source.",
    check: ({ resource }) =>
      inflowsOf(resource)
        .filter(({ source }) => isWorldOpen(source))
        .flatMap(({ path, source, fromPort, toPort }) => {
          const open = guardedPorts.filter((port) => fromPort <= port.toPort && toPort >= port.fromPort);
          if (open.length === 0) return [];
          const what = open.map((port) => port.what).join(", ");
          return [{ path: `${resource.name}.${path}`, value: source, message: `${source} may reach ${what}` }];
        }),
  },
  {
    name: "only-the-front-has-public-addresses",
    description:
      "Masters, workers, registry, database, storage and jump host have no address of their own on the internet.",
    severity: "critical",
    frameworks: [...csap("10", "11"), ...ismsp("2.6.1", "2.10.2")],
    level: "mandatory",
    remedy: "Take the public address away; add a frontend to the gateway instead.",
    check: over({
      "openstack:networking/floatingIp:FloatingIp": publicOnInner("", always),
      "aws:ec2/eip:Eip": publicOnInner("", always),
      "aws:ec2/instance:Instance": publicOnInner(
        "associatePublicIpAddress",
        ({ associatePublicIpAddress }) => associatePublicIpAddress,
      ),
      "azure-native:network:PublicIPAddress": publicOnInner("", always),
      "azure-native:network:NetworkInterface": publicOnInner(
        "ipConfigurations",
        hasAny("ipConfigurations", "publicIPAddress"),
      ),
      "gcp:compute/address:Address": publicOnInner("addressType", ({ addressType }) => addressType !== "INTERNAL"),
      "gcp:compute/instance:Instance": publicOnInner("networkInterfaces", hasAny("networkInterfaces", "accessConfigs")),
      "alicloud:ecs/eipAddress:EipAddress": publicOnInner("", always),
      "ncloud:index/publicIp:PublicIp": publicOnInner("", always),
      "alicloud:ecs/instance:Instance": publicOnInner(
        "internetMaxBandwidthOut",
        ({ internetMaxBandwidthOut }) => (numberOf(internetMaxBandwidthOut) ?? 0) > 0,
      ),
      "kpaas:local:Machine": publicOnInner("publicPorts", ({ publicPorts }) => [publicPorts].flat().length > 0),
    }),
  },
  {
    name: "disks-are-encrypted",
    description: "A disk that is given back, stolen or copied gives nothing away. Azure and Google encrypt every disk.",
    severity: "high",
    frameworks: [...csap("12"), ...ismsp("2.7.1", "2.10.2")],
    level: "mandatory",
    remedy: "Ask for encryption, on OpenStack by naming an encrypted volume type in infrastructure.diskType.",
    check: over({
      "openstack:blockstorage/volume:Volume": namedVolumeType,
      "openstack:compute/instance:Instance": (properties, facts) =>
        objectsOf(properties.blockDevices).flatMap((device, index) =>
          device.sourceType === "image"
            ? namedVolumeType(device, facts).map(({ path, ...rest }) => ({
                path: `blockDevices[${index}].${path}`,
                ...rest,
              }))
            : [],
        ),
      "aws:ebs/volume:Volume": encrypted("encrypted"),
      "aws:ec2/instance:Instance": ({ rootBlockDevice }) =>
        encrypted("encrypted")(objectsOf(rootBlockDevice)[0] ?? {}).map(({ path, ...rest }) => ({
          path: `rootBlockDevice.${path}`,
          ...rest,
        })),
      "alicloud:ecs/ecsDisk:EcsDisk": encrypted("encrypted"),
      "alicloud:ecs/instance:Instance": encrypted("systemDiskEncrypted"),
    }),
  },
  {
    name: "data-disks-are-protected",
    description: "No `up` removes a disk with data; only `./kpaas destroy` takes the protection off, and asks first.",
    severity: "high",
    frameworks: [...operation("state"), ...ismsp("2.9.3", "2.12.1"), ...csap("6")],
    level: "mandatory",
    remedy: "Register the disk with protect: true.",
    check: ({ resource: { type, name, protect } }) =>
      volumeTypes.includes(type) && !protect ? [{ path: `${name}.protect`, message: "an up could remove it" }] : [],
  },
  {
    name: "machines-are-tagged",
    description: "Environment and role stand on every machine: inventory, cost and clean-up go by them.",
    severity: "low",
    frameworks: [...operation("tags"), ...ismsp("2.1.3")],
    level: "mandatory",
    remedy: `Tag the machine with ${requiredTags.join(" and ")}.`,
    check: over(Object.fromEntries(Object.entries(machineTags).map(([type, key]) => [type, missingTags(key)]))),
  },
  {
    name: "metadata-service-asks-for-a-token",
    description: "A request that a pod is tricked into making gets no credentials of the machine.",
    severity: "high",
    frameworks: [...csap("9"), ...ismsp("2.10.2")],
    level: "mandatory",
    remedy: "Set metadataOptions.httpTokens to required.",
    check: over({
      "aws:ec2/instance:Instance": ({ metadataOptions }) => {
        const tokens = objectsOf(metadataOptions)[0]?.httpTokens;
        if (tokens === "required") return [];
        return [{ path: "metadataOptions.httpTokens", value: tokens, message: "credentials need no token" }];
      },
      "alicloud:ecs/instance:Instance": ({ httpTokens }) =>
        httpTokens === "required"
          ? []
          : [{ path: "httpTokens", value: httpTokens, message: "credentials need no token" }],
    }),
  },
  {
    name: "resources-are-in-korea",
    description: "Public bodies' data stays in Korea.",
    severity: "high",
    frameworks: csap("14"),
    level: "advisory",
    remedy: "Choose a region in Korea.",
    check: over({
      "pulumi:providers:aws": regionIn("aws"),
      "pulumi:providers:gcp": regionIn("gcp"),
      "pulumi:providers:alicloud": regionIn("alibaba"),
      "azure-native:resources:ResourceGroup": regionIn("azure", "location"),
    }),
  },
  {
    name: "certificates-live-at-most-398-days",
    description: "Certificates are renewed at least once a year; authorities are exempt.",
    severity: "medium",
    frameworks: [...csap("12"), ...ismsp("2.7.2")],
    level: "mandatory",
    remedy: "Lower validityDays to 398 or less.",
    check: over({
      "kpaas:index:Certificate": ({ validityDays = 365 }) => {
        const days = numberOf(validityDays) ?? 365;
        if (days <= 398) return [];
        return [{ path: "validityDays", value: days, message: `is valid for ${days} days` }];
      },
    }),
  },
  {
    name: "generated-secrets-cannot-be-guessed",
    description: "Passwords, tokens and keys that are generated have 128 bits or more; there are no default ones.",
    severity: "critical",
    frameworks: [...csap("10"), ...ismsp("2.5.4", "2.7.2")],
    level: "mandatory",
    remedy: "Raise bytes to 16 or more.",
    check: over({
      "kpaas:index:RandomSecret": ({ bytes = 24 }) => {
        const length = numberOf(bytes) ?? 24;
        return length >= 16 ? [] : [{ path: "bytes", value: length, message: `${length * 8} bits can be guessed` }];
      },
    }),
  },
  {
    name: "odd-number-of-masters",
    description: "etcd keeps a quorum through the loss of a member only with an odd number of masters.",
    severity: "high",
    frameworks: [...csap("6"), ...ismsp("2.12.1")],
    level: "mandatory",
    remedy: "Set containerPlatform.masters.count to 1, 3, 5 or 7.",
    check: over({
      "kpaas:index:MasterNodes": ({ count }) =>
        typeof count === "number" && count % 2 === 0
          ? [{ path: "count", value: count, message: `${count} masters` }]
          : [],
    }),
  },
];
