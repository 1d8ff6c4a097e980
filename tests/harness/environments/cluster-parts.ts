import "../../../stacks/infrastructures.ts";
import { parse } from "yaml";
import type { KubernetesObject } from "../../../cluster/objects.ts";
import type { ClusterFacts, ClusterPart, PartPort } from "../../../cluster/part.ts";
import { images } from "../../../config/images.ts";
import { planMachines } from "../../../config/machines.ts";
import { parseEnvironment } from "../../../config/parse.ts";
import { portRules } from "../../../config/ports.ts";
import { UserError } from "../../../lib/errors.ts";

/** Gives the facts that parts render from in an environment on a cloud, with some settings of one's own. */
export function clusterFacts(settings: object = {}, sharedVolumePath?: string): ClusterFacts {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "openstack" },
    network: { adminCidrs: ["203.0.113.0/24"] },
    ...settings,
  });
  return { environment, machines: planMachines(environment), sharedVolumePath };
}

/** Gives the part's example, with a storage machine and with a shared directory. */
export function examplesOf({ example }: ClusterPart): ClusterFacts[] {
  return [undefined, "/srv/shared"].map((sharedVolumePath) => clusterFacts(example, sharedVolumePath));
}

/** Gives the forgotten steps of docs/recipes/add-a-cluster-part.md for a part, each by the part's name; none where it is whole. */
export function forgottenSteps(part: ClusterPart): string[] {
  return [...new Set(problemsOf(part))].map((problem) => `${part.name}: ${problem}`);
}

function problemsOf(part: ClusterPart): string[] {
  try {
    return examplesOf(part).flatMap((facts) => [
      ...presence(part, facts),
      ...objects(part, facts),
      ...imagesOf(part, facts),
      ...ports(part, facts),
      ...databases(part, facts),
      ...checks(part, facts),
    ]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [`config/schema.ts refuses its example: ${error.message}`];
  }
}

function presence({ isIn }: ClusterPart, { environment }: ClusterFacts): string[] {
  return isIn(environment) ? [] : ["its example does not bring it: isIn or example is wrong"];
}

function objects(part: ClusterPart, facts: ClusterFacts): string[] {
  const made = part.objects(facts);
  const own = made.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name);
  const known = ["kube-system", ...own];
  return [
    ...(made.length === 0 && !part.manifest ? ["it has neither objects nor a manifest"] : []),
    ...(JSON.stringify(made) === JSON.stringify(part.objects(structuredClone(facts)))
      ? []
      : ["the same facts give other objects"]),
    ...made.flatMap(({ apiVersion, kind, metadata }) => {
      if (!apiVersion || !kind || !metadata.name) return [`${kind} ${metadata.name} lacks apiVersion, kind or name`];
      const { namespace } = metadata;
      if (namespace && !known.includes(namespace)) return [`${kind} ${metadata.name}: nothing makes ${namespace}`];
      return [];
    }),
  ];
}

function imagesOf(part: ClusterPart, facts: ClusterFacts): string[] {
  const declared = part.images(facts);
  const table: string[] = Object.values(images);
  return [
    ...usedImages(part.objects(facts))
      .filter((image) => !declared.includes(image))
      .map((image) => `images() lacks ${image}`),
    ...declared.filter((image) => !table.includes(image)).map((image) => `config/images.ts lacks ${image}`),
  ];
}

/** Gives every `image` at any depth, in text that is YAML too. */
export function usedImages(value: unknown): string[] {
  if (typeof value === "string") return value.includes("image:") ? usedImages(parse(value)) : [];
  if (Array.isArray(value)) return value.flatMap(usedImages);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "image" && typeof inner === "string" ? [inner] : usedImages(inner),
  );
}

function ports(part: ClusterPart, facts: ClusterFacts): string[] {
  const table = portRules(facts.environment);
  const isOpen = ({ role, protocol, port }: PartPort) =>
    table.some(
      ({ fromPort = 0, toPort = 0, ...rule }) =>
        rule.role === role && rule.protocol === protocol && fromPort <= port && port <= toPort,
    );
  return (part.ports?.(facts) ?? [])
    .filter((port) => !isOpen(port))
    .map(({ role, protocol, port }) => `config/ports.ts does not open ${protocol} ${port} of ${role}`);
}

function databases({ databases = [] }: ClusterPart, { environment }: ClusterFacts): string[] {
  const { consumers } = environment.containerPlatform.database;
  return databases
    .filter((name) => !consumers.includes(name))
    .map((name) => `containerPlatform.database.consumers lacks ${name}`);
}

function checks(part: ClusterPart, facts: ClusterFacts): string[] {
  if (part.checks?.length) return [];
  if (part.manifest) return ["nothing checks what its manifest brings"];
  const isWorkload = ({ kind }: KubernetesObject) => ["DaemonSet", "Deployment", "StatefulSet"].includes(kind);
  return part
    .objects(facts)
    .filter(isWorkload)
    .map(({ kind, metadata }) => `nothing checks ${kind} ${metadata.name}`);
}
