import { parseAllDocuments } from "yaml";
import { manifestFolder } from "../../cluster/door.ts";
import { roleFacts } from "../../config/roles/index.ts";
import { kubernetesMinors, minorOf } from "../../config/versions.ts";
import type { PlatformFacts } from "../facts.ts";
import { csap, type Finding, ismsp, operation, type Rule } from "../rule.ts";
import { isKoreanRegion } from "./regions.ts";

const longestHostname = 63;

export const assetRules: Rule<PlatformFacts>[] = [
  {
    name: "machine-names-tell-what-they-are",
    description: "A host name is unique, and starts with its environment: an inventory can be read off it.",
    severity: "low",
    frameworks: [...operation("naming"), ...ismsp("2.1.3")],
    level: "mandatory",
    remedy: "Choose a shorter environment or pool name, unlike the others.",
    check({ environment, machines }) {
      const seen = new Set<string>();
      return machines.flatMap(({ name, hostname }): Finding[] => {
        const isTaken = seen.has(hostname);
        seen.add(hostname);
        const path = `${name}.hostname`;
        if (isTaken) return [{ path, value: hostname, message: `${hostname} is another machine's` }];
        if (!hostname.startsWith(`${environment.name}-`))
          return [{ path, value: hostname, message: `${hostname} does not name its environment` }];
        if (hostname.length > longestHostname)
          return [{ path, value: hostname, message: `${hostname} is longer than ${longestHostname}` }];
        return [];
      });
    },
  },
  {
    name: "state-lies-on-data-disks",
    description: "Masters, registry, database and storage keep their contents when their machine is replaced.",
    severity: "high",
    frameworks: [...operation("state"), ...ismsp("2.9.3")],
    level: "mandatory",
    remedy: "Give the role a data path (config/roles/) and its settings dataDiskGiB.",
    check: ({ machines }) =>
      machines
        .filter(({ role, dataDisk }) => roleFacts[role].dataPath && !dataDisk)
        .map(({ name }) => ({ path: `${name}.dataDisk`, message: "its data would go with the machine" })),
  },
  {
    name: "region-is-in-korea",
    description: "Public bodies' data stays in Korea. Regions of private clouds have no known place.",
    severity: "high",
    frameworks: [...csap("14"), ...ismsp("2.10.2")],
    level: "advisory",
    remedy: "Choose a region in Korea.",
    check({ environment: { infrastructure } }) {
      const region = "region" in infrastructure ? infrastructure.region : undefined;
      if (region === undefined || isKoreanRegion(infrastructure.kind, region) !== false) return [];
      return [{ path: "infrastructure.region", value: region, message: `${region} is not in Korea` }];
    },
  },
  {
    name: "kubernetes-version-is-supported",
    description: "Versions that first boot was made for, and that still get patches.",
    severity: "high",
    frameworks: ismsp("2.10.8"),
    level: "mandatory",
    remedy: `Choose a version of ${kubernetesMinors.join(", ")}.`,
    check({ environment }) {
      const { kubernetesVersion, workerPools } = environment.containerPlatform;
      const versions = [
        { path: "containerPlatform.kubernetesVersion", value: kubernetesVersion },
        ...workerPools.flatMap(({ kubernetesVersion }, index) =>
          kubernetesVersion === undefined
            ? []
            : [{ path: `containerPlatform.workerPools[${index}].kubernetesVersion`, value: kubernetesVersion }],
        ),
      ];
      return versions
        .filter(({ value }) => !kubernetesMinors.includes(minorOf(value)))
        .map(({ path, value }) => ({ path, value, message: `${value} is not supported` }));
    },
  },
  {
    name: "images-are-pinned",
    description: "Every image that first boot runs has a tag or digest: the same file makes the same platform.",
    severity: "medium",
    frameworks: [...operation("reproducible"), ...ismsp("2.10.8")],
    level: "mandatory",
    remedy: "Name a tag other than latest (config/images.ts).",
    check: ({ configurations }) =>
      configurations.flatMap(({ machine, files }) =>
        Object.entries(files)
          .filter(([path]) => path.startsWith(`${manifestFolder}/`))
          .flatMap(([path, { content }]) =>
            parseAllDocuments(content)
              .flatMap((document) => imagesIn(document.toJS()))
              .filter((image) => !isPinned(image))
              .map((image) => ({ path: `${machine}: ${path}`, value: image, message: `${image} is not pinned` })),
          ),
      ),
  },
];

/** Finds every `image` of a Kubernetes object, at any depth. */
function imagesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "image" && typeof inner === "string" ? [inner] : imagesIn(inner),
  );
}

function isPinned(image: string): boolean {
  if (image.includes("@sha256:")) return true;
  const tag = image.split("/").at(-1)?.split(":")[1];
  return tag !== undefined && tag !== "latest";
}
