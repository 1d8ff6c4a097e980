import { parse } from "yaml";
import type { PlatformFacts } from "../facts.ts";
import type { MachineConfiguration } from "../machine-configuration.ts";
import { cis, csap, type Finding, ismsp, type Rule } from "../rule.ts";
import { registryRightFindings } from "./registry-rights.ts";

type Check = Rule<PlatformFacts>["check"];

/** Applies a check to the master that makes the cluster: it decides for all. */
function ofCluster(
  check: (cluster: NonNullable<MachineConfiguration["cluster"]>, machine: string) => Finding[],
): Check {
  return ({ configurations }) =>
    configurations.flatMap(({ cluster, machine }) => (cluster ? check(cluster, machine) : []));
}

const modernTls = ["VersionTLS12", "VersionTLS13"];
const keyAlgorithms = ["ECDSA-P256", "ECDSA-P384", "RSA-2048", "RSA-3072", "RSA-4096"];
const harmlessPaths = ["/livez", "/readyz", "/healthz", "/api/v1/namespaces/kube-public/configmaps/cluster-info"];

/** Days that audit records are kept where an audit asks for a year. */
const year = 365;

interface AuditRule {
  level?: string;
  [selector: string]: unknown;
}

/** Tells whether a rule without selectors is at the end, which records whatever no earlier rule left out. */
function recordsTheRest(rules: AuditRule[]): boolean {
  const last = rules.at(-1);
  return last?.level !== undefined && last.level !== "None" && Object.keys(last).length === 1;
}

export const protectionRules: Rule<PlatformFacts>[] = [
  {
    name: "no-login-by-password",
    description:
      "Machines let in keys only: nothing can be guessed, and no image's default password is worth anything.",
    severity: "critical",
    frameworks: [...csap("10"), ...ismsp("2.5.3", "2.5.4")],
    level: "mandatory",
    remedy: "Set ssh_pwauth to false in every machine's user-data (components/first-boot/index.ts).",
    check: ({ configurations }) =>
      configurations
        .filter(({ passwordLogin }) => passwordLogin !== false)
        .map(({ machine, passwordLogin }) => ({
          path: `${machine}: user-data.ssh_pwauth`,
          value: passwordLogin,
          message: "lets passwords in",
        })),
  },
  {
    name: "anonymous-requests-see-health-only",
    description:
      "Who has no credentials learns whether the API server is well, and how to join with a token; nothing else.",
    severity: "critical",
    frameworks: [...cis("1.2.1"), ...csap("10"), ...ismsp("2.5.3", "2.6.3")],
    level: "mandatory",
    remedy: "Limit anonymous.conditions to health checks (components/first-boot/api-server.ts).",
    check: ofCluster(({ authentication }, machine) => {
      const anonymous = authentication.anonymous as { enabled?: boolean; conditions?: { path: string }[] } | undefined;
      const path = `${machine}: AuthenticationConfiguration.anonymous`;
      if (anonymous?.enabled === false) return [];
      const conditions = anonymous?.conditions ?? [];
      if (conditions.length === 0) return [{ path, message: "anonymous requests reach every path" }];
      return conditions
        .filter((condition) => !harmlessPaths.includes(condition.path))
        .map((condition) => ({ path, value: condition.path, message: `anonymous requests reach ${condition.path}` }));
    }),
  },
  {
    name: "pods-are-held-to-a-standard",
    description:
      "Who may create a pod does not become root of its node: host's namespaces, paths and privileges are not for everybody's pods.",
    severity: "critical",
    frameworks: [...cis("5.2.2", "5.2.3", "5.2.4", "5.2.5"), ...csap("10"), ...ismsp("2.5.5", "2.6.3")],
    level: "mandatory",
    remedy: "Set containerPlatform.podSecurity.enforce to baseline or restricted; label namespaces that need more.",
    check: ofCluster(({ flags, admission }, machine) => {
      const path = `${machine}: AdmissionConfiguration.PodSecurity`;
      if (!flags.apiServer["admission-control-config-file"])
        return [{ path, message: "the API server reads no admission configuration" }];
      const plugins = (admission.plugins ?? []) as {
        name: string;
        configuration?: { defaults?: { enforce?: string } };
      }[];
      const enforce = plugins.find(({ name }) => name === "PodSecurity")?.configuration?.defaults?.enforce;
      if (enforce === "baseline" || enforce === "restricted") return [];
      return [
        { path: `${path}.defaults.enforce`, value: enforce, message: "pods may have every privilege of their node" },
      ];
    }),
  },
  {
    name: "secrets-are-encrypted-in-etcd",
    description: "A copy of etcd's disk or of its backup gives no Secret away.",
    severity: "high",
    frameworks: [...cis("1.2.27", "1.2.28"), ...csap("12"), ...ismsp("2.7.1")],
    level: "mandatory",
    remedy: "Give the API server an encryption provider configuration (components/first-boot/kubeadm.ts).",
    check: ofCluster(({ flags }, machine) =>
      flags.apiServer["encryption-provider-config"]
        ? []
        : [{ path: `${machine}: apiServer.extraArgs.encryption-provider-config`, message: "is not set" }],
    ),
  },
  {
    name: "api-server-speaks-tls-1-2-or-later",
    description: "TLS 1.0 and 1.1 are broken.",
    severity: "high",
    frameworks: [...csap("12"), ...ismsp("2.7.1")],
    level: "mandatory",
    remedy: "Set tls-min-version to VersionTLS12 (components/first-boot/kubeadm.ts).",
    check: ofCluster(({ flags }, machine) => {
      const value = flags.apiServer["tls-min-version"];
      if (value && modernTls.includes(value)) return [];
      return [{ path: `${machine}: apiServer.extraArgs.tls-min-version`, value, message: `is ${value ?? "not set"}` }];
    }),
  },
  {
    name: "registry-asks-for-logins-over-tls",
    description: "Images and logins travel encrypted, and nobody pulls or pushes without a login.",
    severity: "high",
    frameworks: [...csap("12"), ...ismsp("2.6.3", "2.7.1")],
    level: "mandatory",
    remedy: "Set http.tls with minimumtls tls1.2 and auth.htpasswd (components/first-boot/registry.ts).",
    check: ({ configurations }) =>
      configurations
        .filter(({ role }) => role === "registry")
        .flatMap(({ machine, files }) => {
          const path = "/etc/kpaas/registry.yaml";
          const { http, auth } = parse(files[path]?.content ?? "{}") ?? {};
          const minimum = http?.tls?.minimumtls;
          return [
            ...(minimum === "tls1.2" || minimum === "tls1.3"
              ? []
              : [
                  { path: `${machine}: ${path} http.tls.minimumtls`, value: minimum, message: "TLS is older than 1.2" },
                ]),
            ...(auth?.htpasswd ? [] : [{ path: `${machine}: ${path} auth`, message: "no login is asked for" }]),
          ];
        }),
  },
  {
    name: "registry-logins-of-nodes-only-pull",
    description:
      "Who is root of a node can replace and delete no image: its login has no right to, and what others reach is read-only.",
    severity: "critical",
    frameworks: [...csap("10"), ...ismsp("2.5.1", "2.6.3")],
    level: "mandatory",
    remedy:
      "Give kpaas-node the right pull alone (components/registry-users.ts), and let only the instance on 127.0.0.1 write (components/first-boot/registry.ts).",
    check: ({ configurations }) =>
      configurations.filter(({ role }) => role === "registry").flatMap(registryRightFindings),
  },
  {
    name: "database-asks-for-tls",
    description: "Passwords and data of consumers never travel in clear text.",
    severity: "high",
    frameworks: [...csap("12"), ...ismsp("2.6.4", "2.7.1")],
    level: "mandatory",
    remedy: "Set require-secure-transport and tls-version (components/first-boot/database.ts).",
    check: ({ configurations }) =>
      configurations
        .filter(({ role }) => role === "database")
        .flatMap(({ machine, files }) => {
          const path = "/etc/kpaas/mariadb.cnf";
          const options = iniOptions(files[path]?.content ?? "");
          const versions = options.get("tls-version")?.split(",") ?? [];
          const modern = versions.length > 0 && versions.every((one) => one === "TLSv1.2" || one === "TLSv1.3");
          return [
            ...(options.get("require-secure-transport") === "ON"
              ? []
              : [{ path: `${machine}: ${path} require-secure-transport`, message: "clear text is let in" }]),
            ...(modern
              ? []
              : [
                  {
                    path: `${machine}: ${path} tls-version`,
                    value: versions.join(","),
                    message: "TLS is older than 1.2",
                  },
                ]),
          ];
        }),
  },
  {
    name: "cluster-keys-are-strong",
    description: "Keys that kubeadm makes are of at least 112 bits of strength.",
    severity: "high",
    frameworks: [...csap("12"), ...ismsp("2.7.1", "2.7.2")],
    level: "mandatory",
    remedy: `Set ClusterConfiguration.encryptionAlgorithm to one of ${keyAlgorithms.join(", ")}.`,
    check: ofCluster(({ documents }, machine) => {
      const value = documents.ClusterConfiguration?.encryptionAlgorithm ?? "RSA-2048";
      if (keyAlgorithms.includes(String(value))) return [];
      return [{ path: `${machine}: ClusterConfiguration.encryptionAlgorithm`, value, message: `is ${value}` }];
    }),
  },
  {
    name: "control-plane-certificates-are-renewed",
    description: "The control plane's certificates are renewed by a timer long before they expire.",
    severity: "high",
    frameworks: [...csap("12"), ...ismsp("2.7.2")],
    level: "mandatory",
    remedy: "Write kpaas-certificate-renewal.timer on masters (components/first-boot/master.ts).",
    check: ({ configurations }) =>
      configurations
        .filter(({ role, files }) => role === "master" && !files["/etc/systemd/system/kpaas-certificate-renewal.timer"])
        .map(({ machine }) => ({ path: `${machine}: kpaas-certificate-renewal.timer`, message: "is missing" })),
  },
  {
    name: "audit-policy-records-what-is-done",
    description: "Every request that no rule leaves out by name is recorded, with who made it.",
    severity: "high",
    frameworks: [...cis("3.2.1"), ...csap("7"), ...ismsp("2.9.4", "2.5.6", "2.11.3")],
    level: "mandatory",
    remedy: "End the audit policy with a rule { level: Metadata } (components/first-boot/api-server.ts).",
    check: ofCluster(({ flags, auditPolicy }, machine) => {
      const rules = (auditPolicy.rules ?? []) as AuditRule[];
      if (flags.apiServer["audit-policy-file"] && recordsTheRest(rules)) return [];
      return [{ path: `${machine}: audit-policy.yaml rules`, message: "requests may go unrecorded" }];
    }),
  },
  {
    name: "audit-log-is-kept-a-year",
    description: "Access records are kept for a year, as far as the log's bounds on the disk allow.",
    severity: "medium",
    frameworks: [...csap("7"), ...ismsp("2.9.4")],
    level: "mandatory",
    remedy: `Set audit-log-maxage to ${year} or more (components/first-boot/kubeadm.ts).`,
    check: ofCluster(({ flags }, machine) => {
      const value = flags.apiServer["audit-log-maxage"];
      if (Number(value ?? 0) >= year) return [];
      return [{ path: `${machine}: apiServer.extraArgs.audit-log-maxage`, value, message: `is ${value ?? "not set"}` }];
    }),
  },
];

/** Reads `key = value` lines of an option file, whatever their section. */
function iniOptions(text: string): Map<string, string> {
  const pairs = text.split("\n").flatMap((line) => {
    const [key, value] = line.split("=").map((part) => part.trim());
    return key && value !== undefined ? [[key, value] as const] : [];
  });
  return new Map(pairs);
}
