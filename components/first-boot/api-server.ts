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
