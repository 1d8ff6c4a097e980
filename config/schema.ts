import { Address4 } from "ip-address";
import { z } from "zod";
import { applicationPlatform } from "./application-platform/schema.ts";
import {
  dnsName,
  fullVersion,
  isDnsLabel,
  isLabelValue,
  isQualifiedName,
  isUnique,
  kubeletMaySet,
  privateRange,
  range,
  text,
} from "./formats.ts";
import { infrastructureKinds, infrastructures } from "./infrastructure/catalog.ts";
import type { InfrastructureFacts } from "./infrastructure/facts.ts";
import { dataDiskGiB, generation, size } from "./machine-fields.ts";
import { maintenance } from "./maintenance/settings.ts";
import { packages } from "./packages.ts";
import { podSecurity } from "./pod-security.ts";
import { policies, purpose } from "./policies.ts";
import { didYouMean, must } from "./problems.ts";
import { supportSchemas } from "./roles/index.ts";
import { rollout } from "./rollout.ts";
import { defaultKubernetesVersion, kubernetesMinors, minorOf } from "./versions.ts";

/** Length that the certificates' common names leave of 64 characters (X.520): they end in it, as `database.<domain>`. */
const longestDomain = 55;

type Variant = InfrastructureFacts["settings"];

/** Makes the check of an infrastructure: one of those that are registered when it is called. */
function infrastructure() {
  const variants = [...infrastructures().values()].map(({ settings }) => settings);
  return z
    .discriminatedUnion("kind", variants as [Variant, ...Variant[]], {
      error: (issue) =>
        issue.code === "invalid_union" || issue.input === undefined ? unknownInfrastructure(issue.input) : undefined,
    })
    .describe("Where the platform runs.");
}

function unknownInfrastructure(input: unknown): string {
  const kind = (input as { kind?: unknown } | undefined)?.kind;
  const kinds = infrastructureKinds();
  if (kind === undefined) return `is required: write infrastructure: { kind: ${kinds[0]} }`;
  return must(`be ${kinds.join(", ")}`, (value) => didYouMean(String(value), kinds))({ input: kind });
}

const network = z
  .strictObject({
    cidr: privateRange(16, 24)
      .default("10.180.0.0/24")
      .describe("Range of the machines' own addresses, /16 to /24, split evenly over the zones."),
    podCidr: privateRange(8, 24).default("10.233.64.0/18").describe("Range of the pods; every node takes a /24 of it."),
    serviceCidr: privateRange(12, 24).default("10.233.0.0/18").describe("Range of the Kubernetes services."),
    zones: z.int().min(1).max(3).default(1).describe("Zones that the machines are spread over."),
    adminCidrs: z
      .array(
        range().refine((cidr) => new Address4(cidr).subnetMask >= 8, {
          error: must("not let the whole internet in", "name your operators' own ranges"),
        }),
      )
      .min(1)
      .refine(isUnique, { error: must("name every range once") })
      .optional()
      .describe(
        "Who may reach the gateway (API server, registry, database) and the bastion from outside. Required but on local, " +
          "where it is the network's gateway, which is this machine.",
      ),
    domain: dnsName(longestDomain)
      .optional()
      .describe(
        "DNS domain of api.<domain>, registry.<domain> and database.<domain>. Default: <environment>.kpaas.internal.",
      ),
  })
  .prefault({})
  .describe("Address ranges, zones, names.");

const masters = z
  .strictObject({
    count: z
      .int()
      .min(1, { abort: true })
      .max(7, { abort: true })
      .refine((count) => count % 2 === 1, {
        error: must(
          "be odd so that etcd keeps a quorum",
          (count) => `use ${Number(count) - 1} or ${Number(count) + 1}`,
        ),
      })
      .default(1)
      .describe("1 for tests, 3, 5 or 7 to survive the loss of 1, 2 or 3."),
    size: size(4, 16, 80, { vcpus: 2, memoryGiB: 2 }),
    dataDiskGiB: dataDiskGiB(20),
    generation,
  })
  .prefault({})
  .describe("Kubernetes control plane with etcd.");

const taint = z
  .strictObject({
    key: text("be a Kubernetes name such as example.com/gpu", isQualifiedName).describe("The taint's name."),
    value: text("be a Kubernetes label value", isLabelValue).optional().describe("The taint's value."),
    effect: z
      .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
      .describe("What it does to pods that do not tolerate it."),
  })
  .describe("Keeps pods away that do not tolerate it.");

const labelKey = text("be a Kubernetes name such as example.com/tier", isQualifiedName).refine(kubeletMaySet, {
  error: must(
    "lie outside Kubernetes' own namespaces, where a node may not label itself",
    "use a domain of your own, or node.kubernetes.io/",
  ),
});

const notFullVersion = must(`be a full version in text such as "${defaultKubernetesVersion}", without a leading v`);

const kubernetesVersion = z
  .string({ error: notFullVersion })
  .refine(fullVersion, { abort: true, error: notFullVersion })
  .refine((version) => kubernetesMinors.includes(minorOf(version)), {
    error: must("be a supported version", `supported are ${kubernetesMinors.join(", ")}`),
  });

const workerPool = z
  .strictObject({
    name: text("be lower-case letters, digits and hyphens, at most 40", (name) => isDnsLabel(name, 40)).describe(
      "Machines of the pool are called <environment>-<name>-1, -2, ...",
    ),
    count: z.int().min(0).max(1000).default(1).describe("Number of machines."),
    size: size(4, 16, 80),
    kubernetesVersion: kubernetesVersion
      .optional()
      .describe(
        "Kubernetes version of the pool's nodes where they wait behind the control plane: never newer than it, at most three minors " +
          "older. Default: the control plane's.",
      ),
    labels: z
      .record(labelKey, text("be a Kubernetes label value", isLabelValue))
      .default({})
      .describe("Kubernetes labels of the pool's nodes."),
    taints: z
      .array(taint)
      .refine((taints) => isUnique(taints.map(({ key, effect }) => `${key}:${effect}`)), {
        error: must("pair each key and effect once"),
      })
      .default([])
      .describe("Kubernetes taints of the pool's nodes."),
    generation,
    rollout,
  })
  .describe("Workers alike in size, labels and taints.");

const haproxy = z.strictObject({
  count: z.int().min(1).max(2).default(1).describe("2 share a virtual address."),
  size: size(2, 4, 20),
  generation,
});

export const defaultHaproxy = haproxy.parse({});

const containerPlatform = z
  .strictObject({
    kubernetesVersion: kubernetesVersion
      .default(defaultKubernetesVersion)
      .describe("Kubernetes version of masters, and of workers whose pool has none of its own."),
    podNetwork: z
      .enum(["flannel", "calico"])
      .default("flannel")
      .describe("Network of the pods, VXLAN with either; only calico enforces network policies."),
    podSecurity,
    masters,
    workerPools: z
      .array(workerPool)
      .min(1)
      .prefault([{ name: "worker" }])
      .describe("Kubernetes workers, in pools."),
    gateway: z
      .enum(["haproxy", "load-balancer"])
      .default("haproxy")
      .describe(
        "API server, registry and database are reached through it: HAProxy machines, or the cloud's own load balancer.",
      ),
    haproxy: haproxy
      .optional()
      .describe("Machines of gateway haproxy, one if nothing is said; none for load-balancer."),
    ...supportSchemas,
  })
  .prefault({})
  .describe("Kubernetes and what it needs.");

export const defaultBastionSize = { vcpus: 1, memoryGiB: 2, diskGiB: 20 };

const bastion = z
  .strictObject({
    size: size(defaultBastionSize.vcpus, defaultBastionSize.memoryGiB, defaultBastionSize.diskGiB),
    generation,
  })
  .optional()
  .describe("The way in by SSH to every other machine. There is one on every infrastructure but local.");

const seconds = (fallback: number) => z.int().min(60).max(7200).default(fallback);

const timeouts = z
  .strictObject({
    firstBootSeconds: seconds(900).describe("From a machine's creation until its first boot has ended."),
    nodeReadySeconds: seconds(900).describe("From a node's machine being there until the node is Ready."),
  })
  .prefault({})
  .describe("How long `up` waits, in seconds.");

const makeSettingsSchema = () =>
  z
    .strictObject({
      purpose,
      infrastructure: infrastructure(),
      network,
      bastion,
      containerPlatform,
      applicationPlatform,
      packages,
      maintenance,
      policies,
      timeouts,
    })
    .describe("A whole environment.");

export type SettingsSchema = ReturnType<typeof makeSettingsSchema>;

let schema: SettingsSchema | undefined;

/**
 * Gives the check of the user's part of a stack file, the value of `kpaas:environment`. It is made once the
 * infrastructures are registered.
 */
export function settingsSchema(): SettingsSchema {
  schema ??= makeSettingsSchema();
  return schema;
}
