import { Address4 } from "ip-address";
import { prerelease, valid } from "semver";
import { z } from "zod";
import { must } from "./problems.ts";

/** Tells whether a text is an RFC 1123 label: one part of a DNS name. */
export function isDnsLabel(text: string, longest = 63): boolean {
  return text.length <= longest && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text);
}

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(
  (range) => new Address4(range),
);

/** Checks an IPv4 range in its canonical form. */
export function range() {
  return z
    .cidrv4({ abort: true, error: must("be an IPv4 range such as 10.180.0.0/24") })
    .refine((cidr) => canonical(cidr) === cidr, {
      abort: true,
      error: must("have no host bits set", (value) => `use ${canonical(String(value))}`),
    });
}

/** Checks a private range whose prefix length lies between two bounds. */
export function privateRange(shortest: number, longest: number) {
  return range()
    .refine((cidr) => privateRanges.some((whole) => new Address4(cidr).isInSubnet(whole)), {
      error: must("be a private range", "choose one inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10"),
    })
    .refine((cidr) => within(new Address4(cidr).subnetMask, shortest, longest), {
      error: must(`be between /${shortest} and /${longest} in size`),
    });
}

/** Checks a DNS name of one or more labels. */
export function dnsName(longest: number) {
  return text(
    `be a DNS name of at most ${longest} lower-case letters, digits, hyphens and dots`,
    (name) => name.length <= longest && isDnsName(name),
  );
}

export function text(rule: string, test: (value: string) => boolean, remedy?: string) {
  return z.string().refine(test, { error: must(rule, remedy) });
}

/**
 * Checks the name of a secret, never its value: what stands in a stack's file may be read by everybody who reads the
 * repository.
 */
export const secretName = (holds: string) =>
  text("be the name of a secret: letters, digits, hyphens", (name) =>
    /^[A-Za-z][A-Za-z0-9-]{0,62}$/.test(name),
  ).describe(
    `Name of the stack's secret that holds ${holds}, as \`pulumi config set --secret kpaas:<name>\` keeps it: encrypted.`,
  );

function isDnsName(name: string): boolean {
  return name.split(".").every((label) => isDnsLabel(label));
}

/** Tells whether a version is like `1.36.3`: three numbers, nothing before or after. */
export function fullVersion(version: string): boolean {
  return valid(version) === version && prerelease(version) === null;
}

const qualifiedNamePart = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** Tells whether a text is the key of a Kubernetes label or taint: a name, optionally below a DNS name. */
export function isQualifiedName(key: string): boolean {
  const [name = "", prefix, ...more] = key.split("/").reverse();
  const prefixFits = prefix === undefined || (prefix.length <= 253 && isDnsName(prefix));
  return more.length === 0 && prefixFits && name.length <= 63 && qualifiedNamePart.test(name);
}

export function isLabelValue(value: string): boolean {
  return value === "" || (value.length <= 63 && qualifiedNamePart.test(value));
}

/**
 * Tells whether a kubelet may give its own node this label: Kubernetes keeps its own namespaces to itself but for these
 * parts (the NodeRestriction admission plugin).
 */
export function kubeletMaySet(key: string): boolean {
  const namespace = key.includes("/") ? (key.split("/")[0] as string) : "";
  const below = (domain: string) => namespace === domain || namespace.endsWith(`.${domain}`);
  if (!below("kubernetes.io") && !below("k8s.io")) return true;
  return below("node.kubernetes.io") || below("kubelet.kubernetes.io") || topologyLabels.includes(key);
}

const topologyLabels = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"];

export function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

function canonical(cidr: string): string {
  const address = new Address4(cidr);
  return `${address.startAddress().correctForm()}/${address.subnetMask}`;
}

function within(value: number, from: number, to: number): boolean {
  return value >= from && value <= to;
}
