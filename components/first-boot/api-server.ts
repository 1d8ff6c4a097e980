import { createHash } from "node:crypto";
import type { PodSecuritySettings } from "../../config/pod-security.ts";

const anonymousPaths = [
  "/livez",
  "/readyz",
  "/healthz",
  // Joining nodes read it before they can have credentials; it is signed with their tokens.
  "/api/v1/namespaces/kube-public/configmaps/cluster-info",
];

export const authenticationConfiguration = {
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AuthenticationConfiguration",
  anonymous: { enabled: true, conditions: anonymousPaths.map((path) => ({ path })) },
};

/**
 * Policy that records who did what to which object, never contents: these hold Secrets. It leaves out what repeats every few
 * seconds.
 */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*", "/version", "/metrics"] },
    { level: "None", resources: [{ group: "coordination.k8s.io", resources: ["leases"] }] },
    {
      level: "None",
      resources: [
        { group: "", resources: ["events"] },
        { group: "events.k8s.io", resources: ["events"] },
      ],
    },
    { level: "None", verbs: ["watch"], users: ["system:kube-proxy"] },
    { level: "Metadata" },
  ],
};

/** Gives the defaults that pods are admitted by where their namespace has no label of its own. Kubernetes' own programs need to be free. */
export function admissionConfiguration({ enforce, warn, exemptNamespaces }: PodSecuritySettings) {
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AdmissionConfiguration",
    plugins: [
      {
        name: "PodSecurity",
        configuration: {
          apiVersion: "pod-security.admission.config.k8s.io/v1",
          kind: "PodSecurityConfiguration",
          defaults: { enforce, audit: warn, warn },
          exemptions: { namespaces: ["kube-system", ...exemptNamespaces] },
        },
      },
    ],
  };
}

/** Names the file after its content: the API server reads it only as it starts, which another argument makes it do. */
export function admissionFile(settings: PodSecuritySettings): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(admissionConfiguration(settings)))
    .digest("hex");
  return `admission-${digest.slice(0, 8)}.yaml`;
}
