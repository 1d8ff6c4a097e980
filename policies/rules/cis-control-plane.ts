import type { PlatformFacts } from "../facts.ts";
import type { ControlPlaneFlags } from "../kubeadm-defaults.ts";
import { cis, type FrameworkItem, ismsp, type Rule, type Severity } from "../rule.ts";
import { atLeast, equals, includes, isAbsentOr, isSet, type Test, without } from "./flag-tests.ts";

type Program = keyof ControlPlaneFlags;

/** One scored check of the CIS benchmark over arguments of one program. */
interface FlagRule {
  name: string;
  item: string;
  program: Program;
  /** Arguments, each of which must pass the test. */
  flags: string[];
  test: Test;
  /** The reason, as a sentence. */
  because: string;
  severity?: Severity;
  /** Items of frameworks beyond CIS. */
  also?: FrameworkItem[];
}

const noProfiling = {
  flags: ["profiling"],
  test: equals("false"),
  because: "Profiles tell how a program works inside.",
};
const localOnly = {
  flags: ["bind-address"],
  test: isAbsentOr(equals("127.0.0.1")),
  because: "Only the machine itself asks for its health and metrics.",
};
const privileges = ismsp("2.5.1", "2.5.5", "2.5.6", "2.6.3");

const apiServer: Omit<FlagRule, "program">[] = [
  {
    name: "api-server-takes-no-static-tokens",
    item: "1.2.2",
    flags: ["token-auth-file"],
    test: isAbsentOr(() => false),
    because: "Static tokens stand in clear text and never expire.",
    severity: "critical",
    also: ismsp("2.5.2", "2.5.3"),
  },
  {
    name: "api-server-shows-kubelets-a-certificate",
    item: "1.2.4",
    flags: ["kubelet-client-certificate", "kubelet-client-key"],
    test: isSet,
    because: "Kubelets answer nobody who does not show a certificate.",
  },
  {
    name: "api-server-asks-for-authorization",
    item: "1.2.6",
    flags: ["authorization-mode"],
    test: without("AlwaysAllow"),
    because: "AlwaysAllow lets every request through.",
    severity: "critical",
    also: privileges,
  },
  {
    name: "api-server-limits-nodes-to-their-own-objects",
    item: "1.2.7",
    flags: ["authorization-mode"],
    test: includes("Node"),
    because: "A kubelet reads only what its own pods need.",
  },
  {
    name: "api-server-authorizes-by-role",
    item: "1.2.8",
    flags: ["authorization-mode"],
    test: includes("RBAC"),
    because: "Roles are what privileges are granted and reviewed by.",
    also: privileges,
  },
  {
    name: "api-server-does-not-admit-everything",
    item: "1.2.10",
    flags: ["enable-admission-plugins"],
    test: isAbsentOr(without("AlwaysAdmit")),
    because: "AlwaysAdmit checks nothing.",
  },
  {
    name: "api-server-gives-pods-service-accounts",
    item: "1.2.12",
    flags: ["disable-admission-plugins"],
    test: isAbsentOr(without("ServiceAccount")),
    because: "Every pod has an identity of its own.",
    also: ismsp("2.5.2"),
  },
  {
    name: "api-server-guards-namespaces",
    item: "1.2.13",
    flags: ["disable-admission-plugins"],
    test: isAbsentOr(without("NamespaceLifecycle")),
    because: "Nothing comes into a namespace that is not there or is going.",
  },
  {
    name: "api-server-restricts-nodes",
    item: "1.2.14",
    flags: ["enable-admission-plugins"],
    test: includes("NodeRestriction"),
    because: "A kubelet changes only its own node and its own pods.",
  },
  { name: "api-server-does-not-profile", item: "1.2.15", ...noProfiling },
  {
    name: "audit-log-is-written",
    item: "1.2.16",
    flags: ["audit-log-path"],
    test: isSet,
    because: "Who did what is known afterwards only from the audit log.",
    severity: "high",
    also: ismsp("2.9.4", "2.11.3"),
  },
  {
    name: "audit-log-is-kept-30-days",
    item: "1.2.17",
    flags: ["audit-log-maxage"],
    test: atLeast(30),
    because: "An incident is often found weeks later.",
  },
  {
    name: "audit-log-has-10-older-files",
    item: "1.2.18",
    flags: ["audit-log-maxbackup"],
    test: atLeast(10),
    because: "A burst of requests must not push the log's past out.",
  },
  {
    name: "audit-log-files-hold-100-mb",
    item: "1.2.19",
    flags: ["audit-log-maxsize"],
    test: atLeast(100),
    because: "Small files are pushed out soon.",
  },
  {
    name: "api-server-looks-service-accounts-up",
    item: "1.2.21",
    flags: ["service-account-lookup"],
    test: isAbsentOr(equals("true")),
    because: "The token of a deleted service account is worth nothing.",
    also: ismsp("2.5.1"),
  },
  {
    name: "api-server-has-the-service-accounts-key",
    item: "1.2.22",
    flags: ["service-account-key-file"],
    test: isSet,
    because: "Service accounts have a key pair of their own.",
  },
  {
    name: "api-server-shows-etcd-a-certificate",
    item: "1.2.23",
    flags: ["etcd-certfile", "etcd-keyfile"],
    test: isSet,
    because: "etcd answers the API server alone.",
    also: ismsp("2.6.4"),
  },
  {
    name: "api-server-serves-over-tls",
    item: "1.2.24",
    flags: ["tls-cert-file", "tls-private-key-file"],
    test: isSet,
    because: "Requests carry credentials.",
    also: ismsp("2.7.1"),
  },
  {
    name: "api-server-knows-the-clients-authority",
    item: "1.2.25",
    flags: ["client-ca-file"],
    test: isSet,
    because: "Nodes and administrators are known by certificates.",
    also: ismsp("2.5.3"),
  },
  {
    name: "api-server-verifies-etcd",
    item: "1.2.26",
    flags: ["etcd-cafile"],
    test: isSet,
    because: "Nobody else may pass for etcd.",
  },
  {
    name: "service-account-tokens-are-not-extended",
    item: "1.2.30",
    flags: ["service-account-extend-token-expiration"],
    test: equals("false"),
    because: "A token that leaks is worth something for an hour, not for a year.",
    also: ismsp("2.5.3"),
  },
];

const controllerManager: Omit<FlagRule, "program">[] = [
  { name: "controller-manager-does-not-profile", item: "1.3.2", ...noProfiling },
  {
    name: "controllers-have-accounts-of-their-own",
    item: "1.3.3",
    flags: ["use-service-account-credentials"],
    test: (value) => value !== undefined && value !== "false",
    because: "Each controller may do only what is its own work.",
    also: ismsp("2.5.5"),
  },
  {
    name: "controller-manager-signs-service-accounts",
    item: "1.3.4",
    flags: ["service-account-private-key-file"],
    test: isSet,
    because: "Tokens are signed by the service accounts' own key.",
  },
  {
    name: "pods-verify-the-api-server",
    item: "1.3.5",
    flags: ["root-ca-file"],
    test: isSet,
    because: "Pods get the authority by which they know the API server.",
  },
  {
    name: "kubelet-certificates-rotate",
    item: "1.3.6",
    flags: ["feature-gates"],
    test: isAbsentOr(without("RotateKubeletServerCertificate=false")),
    because: "Certificates are renewed before they expire.",
  },
  { name: "controller-manager-listens-locally", item: "1.3.7", ...localOnly },
];

const scheduler: Omit<FlagRule, "program">[] = [
  { name: "scheduler-does-not-profile", item: "1.4.1", ...noProfiling },
  { name: "scheduler-listens-locally", item: "1.4.2", ...localOnly },
];

const certificateAndKey = { test: isSet, because: "etcd holds every secret of the cluster." };
const certificateAsked = { test: equals("true"), because: "Only who shows a certificate reads or writes etcd." };
const noAutomaticTls = {
  test: isAbsentOr(equals("false")),
  because: "A certificate that etcd makes for itself proves nothing.",
};

const etcd: Omit<FlagRule, "program">[] = [
  { name: "etcd-serves-over-tls", item: "2.1", flags: ["cert-file", "key-file"], ...certificateAndKey },
  { name: "etcd-asks-clients-for-certificates", item: "2.2", flags: ["client-cert-auth"], ...certificateAsked },
  { name: "etcd-has-a-real-certificate", item: "2.3", flags: ["auto-tls"], ...noAutomaticTls },
  {
    name: "etcd-members-talk-over-tls",
    item: "2.4",
    flags: ["peer-cert-file", "peer-key-file"],
    ...certificateAndKey,
  },
  { name: "etcd-asks-members-for-certificates", item: "2.5", flags: ["peer-client-cert-auth"], ...certificateAsked },
  { name: "etcd-members-have-real-certificates", item: "2.6", flags: ["peer-auto-tls"], ...noAutomaticTls },
];

const section: Record<Program, string> = {
  apiServer: "apiServer",
  controllerManager: "controllerManager",
  scheduler: "scheduler",
  etcd: "etcd.local",
};

function flagRule(program: Program, rule: Omit<FlagRule, "program">): Rule<PlatformFacts> {
  const { name, item, flags, test, because, severity = "medium", also = [] } = rule;
  const names = flags.map((flag) => `--${flag}`).join(" and ");
  return {
    name,
    description: because,
    severity,
    frameworks: [...cis(item), ...also],
    level: "mandatory",
    remedy: `Correct ${names} in ClusterConfiguration.${section[program]}.extraArgs (components/first-boot/kubeadm.ts).`,
    check: ({ configurations }) =>
      configurations.flatMap(({ machine, cluster }) =>
        flags.flatMap((flag) => {
          const value = cluster?.flags[program][flag];
          if (!cluster || test(value)) return [];
          const path = `${machine}: ClusterConfiguration.${section[program]}.extraArgs.${flag}`;
          return [{ path, value, message: value === undefined ? `--${flag} is missing` : `--${flag}=${value}` }];
        }),
      ),
  };
}

/** The scored checks of sections 1.2, 1.3, 1.4 and 2 over what the control plane's programs are started with. */
export const cisControlPlaneRules: Rule<PlatformFacts>[] = [
  ...apiServer.map((rule) => flagRule("apiServer", rule)),
  ...controllerManager.map((rule) => flagRule("controllerManager", rule)),
  ...scheduler.map((rule) => flagRule("scheduler", rule)),
  ...etcd.map((rule) => flagRule("etcd", rule)),
];
