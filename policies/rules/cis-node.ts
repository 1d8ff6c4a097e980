import { isNode } from "../../config/roles/index.ts";
import type { PlatformFacts } from "../facts.ts";
import type { MachineConfiguration } from "../machine-configuration.ts";
import { cis, csap, type Finding, type FrameworkItem, ismsp, type Rule, type Severity } from "../rule.ts";

const kubeletUnit = "/etc/systemd/system/kubelet.service";

/** One check over a setting of the kubelet's or kube-proxy's configuration, with kubeadm's defaults filled in. */
interface SettingRule {
  name: string;
  frameworks: FrameworkItem[];
  kind: "KubeletConfiguration" | "KubeProxyConfiguration";
  path: string[];
  holds(value: unknown): boolean;
  because: string;
  severity?: Severity;
}

const isTrueOrAbsent = (value: unknown) => value === undefined || value === true;

const settings: SettingRule[] = [
  {
    name: "kubelet-refuses-anonymous-requests",
    frameworks: [...cis("4.2.1"), ...ismsp("2.5.3")],
    kind: "KubeletConfiguration",
    path: ["authentication", "anonymous", "enabled"],
    holds: (value) => value === false,
    because: "A kubelet runs commands in any container of its node.",
    severity: "critical",
  },
  {
    name: "kubelet-asks-for-authorization",
    frameworks: [...cis("4.2.2"), ...ismsp("2.5.5")],
    kind: "KubeletConfiguration",
    path: ["authorization", "mode"],
    holds: (value) => typeof value === "string" && value !== "AlwaysAllow",
    because: "AlwaysAllow lets every authenticated request through.",
    severity: "critical",
  },
  {
    name: "kubelet-knows-the-clients-authority",
    frameworks: cis("4.2.3"),
    kind: "KubeletConfiguration",
    path: ["authentication", "x509", "clientCAFile"],
    holds: (value) => typeof value === "string" && value !== "",
    because: "The API server shows kubelets a certificate.",
  },
  {
    name: "kubelet-has-no-read-only-port",
    frameworks: cis("4.2.4"),
    kind: "KubeletConfiguration",
    path: ["readOnlyPort"],
    holds: (value) => value === undefined || value === 0,
    because: "The read-only port tells everyone about the node's pods.",
    severity: "high",
  },
  {
    name: "kubelet-ends-idle-streams",
    frameworks: [...cis("4.2.5"), ...ismsp("2.6.2")],
    kind: "KubeletConfiguration",
    path: ["streamingConnectionIdleTimeout"],
    holds: (value) => value === undefined || !/^0/.test(String(value)),
    because: "Forgotten sessions do not stay open.",
    severity: "low",
  },
  {
    name: "kubelet-keeps-iptables-chains",
    frameworks: cis("4.2.6"),
    kind: "KubeletConfiguration",
    path: ["makeIPTablesUtilChains"],
    holds: isTrueOrAbsent,
    because: "Packets to the node's own services pass the kubelet's chains.",
  },
  {
    name: "kubelet-renews-its-certificate",
    frameworks: [...cis("4.2.10"), ...ismsp("2.7.2")],
    kind: "KubeletConfiguration",
    path: ["rotateCertificates"],
    holds: isTrueOrAbsent,
    because: "A node whose certificate expires leaves the cluster.",
  },
  {
    name: "kubelet-limits-processes-of-a-pod",
    frameworks: cis("4.2.13"),
    kind: "KubeletConfiguration",
    path: ["podPidsLimit"],
    holds: (value) => typeof value === "number" && value > 0,
    because: "A pod that forks without end does not take its node along.",
  },
  {
    name: "kubelet-confines-system-calls",
    frameworks: [...cis("4.2.14"), ...ismsp("2.6.3")],
    kind: "KubeletConfiguration",
    path: ["seccompDefault"],
    holds: (value) => value === true,
    because: "A container makes no system calls that the runtime's profile leaves out, unless its pod says so.",
  },
  {
    name: "kubelet-speaks-tls-1-2-or-later",
    frameworks: [...csap("12"), ...ismsp("2.7.1")],
    kind: "KubeletConfiguration",
    path: ["tlsMinVersion"],
    holds: (value) => value === "VersionTLS12" || value === "VersionTLS13",
    because: "TLS 1.0 and 1.1 are broken.",
    severity: "high",
  },
  {
    name: "kube-proxy-metrics-stay-local",
    frameworks: cis("4.3.1"),
    kind: "KubeProxyConfiguration",
    path: ["metricsBindAddress"],
    holds: (value) => value === undefined || value === "" || String(value).includes("127.0.0.1"),
    because: "Metrics tell where every service leads.",
  },
];

/** Values that kubeadm adds to the kubelet's configuration where nothing else is said. */
const kubeadmDefaults: Record<string, unknown> = {
  "KubeletConfiguration.authentication.x509.clientCAFile": "/etc/kubernetes/pki/ca.crt",
};

function valueAt(document: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined),
    document,
  );
}

function settingRule(rule: SettingRule): Rule<PlatformFacts> {
  const path = [rule.kind, ...rule.path].join(".");
  return {
    name: rule.name,
    description: rule.because,
    severity: rule.severity ?? "medium",
    frameworks: rule.frameworks,
    level: "mandatory",
    remedy: `Correct ${path} (components/first-boot/kubeadm.ts).`,
    check: ({ configurations }) =>
      configurations.flatMap(({ machine, cluster }) => {
        const value = valueAt(cluster?.documents[rule.kind], rule.path) ?? kubeadmDefaults[path];
        if (!cluster || rule.holds(value)) return [];
        return [{ path: `${machine}: ${path}`, value, message: value === undefined ? "is not set" : `is ${value}` }];
      }),
  };
}

function unitRule(name: string, item: string, because: string, problem: UnitProblem): Rule<PlatformFacts> {
  return {
    name,
    description: because,
    severity: "medium",
    frameworks: cis(item),
    level: "mandatory",
    remedy: `Correct ${kubeletUnit} (components/first-boot/units.ts).`,
    check: ({ configurations }) =>
      configurations.flatMap((node): Finding[] => {
        if (!isNode(node.role)) return [];
        const found = problem(node.files[kubeletUnit]);
        return found ? [{ path: `${node.machine}: ${kubeletUnit}`, ...found }] : [];
      }),
  };
}

type UnitProblem = (file: MachineConfiguration["files"][string] | undefined) => Omit<Finding, "path"> | undefined;

export const cisNodeRules: Rule<PlatformFacts>[] = [
  unitRule(
    "kubelet-service-is-root-only",
    "4.1.1",
    "Who writes the kubelet's service decides what it trusts.",
    (file) => {
      if (file && (Number.parseInt(file.permissions, 8) & ~0o600) === 0) return undefined;
      return { value: file?.permissions, message: file ? `mode ${file.permissions}` : "is missing" };
    },
  ),
  unitRule("kubelet-service-belongs-to-root", "4.1.2", "Who owns the file may change it.", (file) => {
    const owner = file?.owner;
    return owner === "root:root" ? undefined : { value: owner, message: owner ? `belongs to ${owner}` : "is missing" };
  }),
  ...settings.map(settingRule),
];
