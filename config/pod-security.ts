import { z } from "zod";
import { isDnsLabel } from "./formats.ts";
import { must } from "./problems.ts";

/** Levels of Kubernetes' Pod Security Standards, weakest first. */
export const podSecurityLevels = ["privileged", "baseline", "restricted"] as const;
export type PodSecurityLevel = (typeof podSecurityLevels)[number];

/** Limits of the pods that anybody runs in the cluster. */
export interface PodSecuritySettings {
  enforce: PodSecurityLevel;
  warn: PodSecurityLevel;
  exemptNamespaces: string[];
}

const level = z.enum(podSecurityLevels);

export const podSecurity = z
  .strictObject({
    enforce: level
      .default("baseline")
      .describe(
        "Pod Security Standard that pods are held to where their namespace has no label of its own. Privileged lets any pod become root " +
          "of its node.",
      ),
    warn: level.default("restricted").describe("Standard that pods are warned of, and audited for, beyond that."),
    exemptNamespaces: z
      .array(z.string().refine((name) => isDnsLabel(name, 63), { error: must("be the name of a namespace") }))
      .default([])
      .describe(
        "Namespaces whose pods are held to nothing, beside kube-system. A namespace's label pod-security.kubernetes.io/enforce does as " +
          "well, and says it where it holds.",
      ),
  })
  .prefault({})
  .describe("What pods may do on their nodes.");

/** Tells whether one level lets through less than another. */
export const isStricter = (one: PodSecurityLevel, than: PodSecurityLevel): boolean =>
  podSecurityLevels.indexOf(one) > podSecurityLevels.indexOf(than);
