import { parse } from "yaml";
import type { Environment } from "../../../config/environment.ts";
import type { MachineSize } from "../../../config/machine-size.ts";
import type { MachinePlan } from "../../../config/machines.ts";
import { backendRoles, gatewayPorts, gatewayServices } from "../../../config/ports.ts";
import type { Role } from "../../../config/roles/index.ts";
import { toYaml } from "../../../lib/yaml.ts";
import type { Inflow } from "../../../policies/facts.ts";
import type { ControlPlaneFlags } from "../../../policies/kubeadm-defaults.ts";
import type { MachineConfiguration } from "../../../policies/machine-configuration.ts";
import { applicationMutations } from "./application-mutations.ts";
import type { Mutation } from "./mutation.ts";

type Cluster = NonNullable<MachineConfiguration["cluster"]>;

const flag =
  (program: keyof ControlPlaneFlags, name: string, value?: string): Mutation =>
  ({ configurations }) => {
    for (const { cluster } of configurations) {
      if (!cluster) continue;
      if (value === undefined) delete cluster.flags[program][name];
      else cluster.flags[program][name] = value;
    }
  };

const setting =
  (kind: string, path: string[], value: unknown): Mutation =>
  ({ configurations }) => {
    for (const { cluster } of configurations) {
      let at = cluster?.documents[kind] as Record<string, unknown> | undefined;
      for (const key of path.slice(0, -1)) {
        if (at) at[key] ??= {};
        at = at?.[key] as Record<string, unknown> | undefined;
      }
      if (at) at[path.at(-1) as string] = value;
    }
  };

const cluster =
  (change: (cluster: Cluster) => void): Mutation =>
  ({ configurations }) => {
    for (const configuration of configurations) if (configuration.cluster) change(configuration.cluster);
  };

const file =
  (path: string, change: Partial<MachineConfiguration["files"][string]> | undefined): Mutation =>
  ({ configurations }) => {
    for (const { files } of configurations) {
      const present = files[path];
      if (!present) continue;
      if (change) files[path] = { ...present, ...change };
      else delete files[path];
    }
  };

/** Changes the configuration of an instance of the registry's program. */
const registrySetting =
  (name: "registry" | "registry-push", change: (settings: RegistrySettings) => void): Mutation =>
  ({ configurations }) => {
    const path = `/etc/kpaas/${name}.yaml`;
    for (const { files } of configurations) {
      const present = files[path];
      if (!present) continue;
      const settings = parse(present.content);
      change(settings);
      files[path] = { ...present, content: toYaml(settings) };
    }
  };

interface RegistrySettings {
  http: { addr: string };
  auth: { htpasswd: { path: string } };
  storage: { delete: { enabled: boolean }; maintenance: { readonly: { enabled: boolean } } };
}

const opened =
  (role: Role, port: number, source: Inflow["source"]): Mutation =>
  ({ inflows }) => {
    inflows.push({ role, protocol: "tcp", fromPort: port, toPort: port, source, purpose: "test" });
  };

const environment =
  (change: (environment: Environment) => void): Mutation =>
  (facts) =>
    change(facts.environment);

const machine =
  (name: string, change: (machine: MachinePlan) => void): Mutation =>
  ({ machines }) => {
    const found = machines.find((one) => one.name === name);
    if (found) change(found);
  };

const without =
  (role: Role, leave: number): Mutation =>
  (facts) => {
    let left = 0;
    facts.machines = facts.machines.filter((one) => one.role !== role || left++ < leave);
  };

const kubelet = (path: string[], value: unknown) => setting("KubeletConfiguration", path, value);
const small: MachineSize = { vcpus: 1, memoryGiB: 1, diskGiB: 10 };
const unit = "/etc/systemd/system/kubelet.service";

/** One or more ways to break each platform rule, in an operation environment that is sound. */
export const platformMutations: Record<string, Mutation[]> = {
  "nothing-is-open-to-the-world": [
    opened("haproxy", 443, { cidr: "0.0.0.0/0" }),
    opened("bastion", 22, { cidr: "::/0" }),
  ],
  "only-the-front-is-entered-from-outside": [opened("worker", 80, { cidr: "203.0.113.0/24" })],
  "administrators-enter-by-the-bastion-only": [
    opened("master", 22, { role: "worker" }),
    environment((one) => {
      delete one.bastion;
    }),
  ],
  "operators-ranges-are-narrow": [
    environment(({ network }) => {
      network.adminCidrs = ["12.0.0.0/8"];
    }),
  ],
  "management-has-a-subnet-of-its-own": [
    machine("bastion", (one) => {
      one.privateIp = "10.180.3.250";
    }),
  ],
  "pods-are-kept-from-the-metadata-service": [
    file("/etc/kpaas/node-guard.nft", undefined),
    file("/etc/kpaas/node-guard.nft", { content: "table inet kpaas_node_guard {}\n" }),
  ],
  "pods-reach-machines-by-the-port-table-only": [
    file("/etc/kpaas/node-guard.nft", undefined),
    ({ configurations }) => {
      for (const { files } of configurations) {
        const guard = files["/etc/kpaas/node-guard.nft"];
        if (guard)
          guard.content = guard.content.replace(
            "chain to_machines {",
            "chain to_machines {\n    tcp dport 2049 accept",
          );
      }
    },
    file("/etc/systemd/system/kpaas-node-guard.service", undefined),
    file("/etc/systemd/system/kpaas-node-guard.service", { content: "[Service]\nExecStart=/bin/true\n" }),
  ],
  "etcd-is-reached-by-masters-only": [opened("master", 2379, { role: "worker" })],
  "kubelets-are-reached-by-nodes-only": [
    opened("worker", 10250, { role: "haproxy" }),
    opened("worker", 10250, { pods: true }),
  ],
  "node-ports-are-reached-through-the-gateway-only": [opened("worker", 30080, { role: "bastion" })],
  ...Object.fromEntries(
    gatewayServices
      .filter((service) => backendRoles[service] !== "master")
      .map((service) => [
        `${service}-is-reached-through-the-gateway-only`,
        [opened(backendRoles[service], gatewayPorts[service], { role: "worker" })],
      ]),
  ),
  "storage-is-reached-by-workers-only": [
    opened("storage", 2049, { role: "haproxy" }),
    opened("storage", 2049, { pods: true }),
  ],
  "no-login-by-password": [
    ({ configurations }) => {
      for (const configuration of configurations) configuration.passwordLogin = true;
    },
  ],
  "pods-are-held-to-a-standard": [
    cluster(({ flags }) => {
      delete flags.apiServer["admission-control-config-file"];
    }),
    cluster(({ admission }) => {
      admission.plugins = [{ name: "PodSecurity", configuration: { defaults: { enforce: "privileged" } } }];
    }),
    cluster(({ admission }) => {
      admission.plugins = [];
    }),
  ],
  "anonymous-requests-see-health-only": [
    cluster(({ authentication }) => {
      authentication.anonymous = { enabled: true };
    }),
    cluster(({ authentication }) => {
      authentication.anonymous = { enabled: true, conditions: [{ path: "/api" }] };
    }),
  ],
  "secrets-are-encrypted-in-etcd": [flag("apiServer", "encryption-provider-config")],
  "api-server-speaks-tls-1-2-or-later": [
    flag("apiServer", "tls-min-version", "VersionTLS11"),
    flag("apiServer", "tls-min-version"),
  ],
  "registry-asks-for-logins-over-tls": [
    file("/etc/kpaas/registry.yaml", { content: "http: { tls: { minimumtls: tls1.0 } }\nauth: { htpasswd: {} }\n" }),
    file("/etc/kpaas/registry.yaml", { content: "http: { tls: { minimumtls: tls1.2 } }\n" }),
  ],
  "registry-logins-of-nodes-only-pull": [
    file("/etc/kpaas/registry-rights", { content: "kpaas-admin pull push\nkpaas-node pull push\n" }),
    file("/etc/kpaas/registry-rights", { content: "kpaas-admin pull push\n" }),
    // Of a release whose only instance let every login write and delete.
    file("/etc/kpaas/registry.yaml", {
      content: toYaml({
        http: { addr: ":5000", tls: { minimumtls: "tls1.2" } },
        auth: { htpasswd: { path: "/etc/docker/registry/htpasswd" } },
        storage: { delete: { enabled: true } },
      }),
    }),
    registrySetting("registry", (one) => {
      one.storage.maintenance.readonly.enabled = false;
    }),
    registrySetting("registry-push", (one) => {
      one.http.addr = ":5001";
    }),
    registrySetting("registry-push", (one) => {
      one.storage.delete.enabled = true;
    }),
    registrySetting("registry-push", (one) => {
      one.auth.htpasswd.path = "/etc/docker/registry/htpasswd";
    }),
  ],
  "database-asks-for-tls": [
    file("/etc/kpaas/mariadb.cnf", { content: "[mariadbd]\ntls-version = TLSv1.2\n" }),
    file("/etc/kpaas/mariadb.cnf", { content: "require-secure-transport = ON\ntls-version = TLSv1.1,TLSv1.2\n" }),
  ],
  "cluster-keys-are-strong": [setting("ClusterConfiguration", ["encryptionAlgorithm"], "RSA-1024")],
  "control-plane-certificates-are-renewed": [file("/etc/systemd/system/kpaas-certificate-renewal.timer", undefined)],
  "audit-policy-records-what-is-done": [
    flag("apiServer", "audit-policy-file"),
    cluster(({ auditPolicy }) => {
      auditPolicy.rules = [{ level: "Metadata", verbs: ["create"] }];
    }),
  ],
  "audit-log-is-kept-a-year": [flag("apiServer", "audit-log-maxage", "30")],
  "control-plane-survives-a-machine": [without("master", 1), without("master", 2)],
  "gateway-survives-a-machine": [without("haproxy", 1)],
  "workers-survive-a-machine": [
    environment(({ containerPlatform }) => {
      for (const pool of containerPlatform.workerPools) pool.count = 1;
    }),
  ],
  "several-zones-are-used": [
    environment(({ network }) => {
      network.zones = 1;
    }),
  ],
  "masters-are-spread-over-zones": [
    machine("master-2", (one) => {
      one.zone = 0;
    }),
  ],
  "operation-has-sizes-for-load": [
    machine("worker-1", (one) => {
      one.size = small;
    }),
    machine("database", (one) => {
      one.dataDisk = { sizeGiB: 5, mountPath: "/data" };
    }),
  ],
  "budget-is-kept": [
    (facts) => {
      facts.environment.policies.monthlyBudget = { amount: 100, currency: "USD" };
      facts.monthlyCost = { amount: 101, currency: "USD" };
    },
    (facts) => {
      facts.environment.policies.monthlyBudget = { amount: 100, currency: "USD" };
      facts.monthlyCost = { amount: 50, currency: "KRW" };
    },
  ],
  "quota-is-kept": [
    ...(["machines", "vcpus", "memoryGiB", "diskGiB"] as const).map((unit) =>
      environment(({ policies }) => {
        policies.quota[unit] = 1;
      }),
    ),
    ({ environment, machines }) => {
      environment.policies.quota.machines = machines.length;
    },
  ],
  "machine-names-tell-what-they-are": [
    machine("worker-1", (one) => {
      one.hostname = "web";
    }),
    machine("worker-1", (one) => {
      one.hostname = one.hostname.replace("worker-1", "worker-2");
    }),
    machine("worker-1", (one) => {
      one.hostname += "x".repeat(64);
    }),
  ],
  "state-lies-on-data-disks": [
    machine("database", (one) => {
      delete one.dataDisk;
    }),
  ],
  "region-is-in-korea": [
    environment((one) => {
      one.infrastructure = { kind: "aws", region: "us-east-1" } as unknown as Environment["infrastructure"];
    }),
  ],
  "kubernetes-version-is-supported": [
    environment(({ containerPlatform }) => {
      containerPlatform.kubernetesVersion = "1.19.0";
    }),
  ],
  "images-are-pinned": ["a:latest", "a", "registry.k8s.io:5000/a"].map(
    (image): Mutation =>
      ({ configurations }) => {
        for (const { files } of configurations)
          files["/etc/kpaas/addons/x.yaml"] = {
            permissions: "0644",
            owner: "root:root",
            content: `spec: { containers: [{ image: "${image}" }] }`,
          };
      },
  ),
  "api-server-takes-no-static-tokens": [flag("apiServer", "token-auth-file", "/etc/tokens")],
  "api-server-shows-kubelets-a-certificate": [
    flag("apiServer", "kubelet-client-certificate"),
    flag("apiServer", "kubelet-client-key"),
  ],
  "api-server-asks-for-authorization": [
    flag("apiServer", "authorization-mode", "AlwaysAllow"),
    flag("apiServer", "authorization-mode"),
  ],
  "api-server-limits-nodes-to-their-own-objects": [flag("apiServer", "authorization-mode", "RBAC")],
  "api-server-authorizes-by-role": [flag("apiServer", "authorization-mode", "Node")],
  "api-server-does-not-admit-everything": [
    flag("apiServer", "enable-admission-plugins", "NodeRestriction,AlwaysAdmit"),
  ],
  "api-server-gives-pods-service-accounts": [flag("apiServer", "disable-admission-plugins", "ServiceAccount")],
  "api-server-guards-namespaces": [flag("apiServer", "disable-admission-plugins", "NamespaceLifecycle")],
  "api-server-restricts-nodes": [flag("apiServer", "enable-admission-plugins", "AlwaysPullImages")],
  "api-server-does-not-profile": [flag("apiServer", "profiling")],
  "audit-log-is-written": [flag("apiServer", "audit-log-path")],
  "audit-log-is-kept-30-days": [
    flag("apiServer", "audit-log-maxage", "29"),
    flag("apiServer", "audit-log-maxage", "soon"),
  ],
  "audit-log-has-10-older-files": [flag("apiServer", "audit-log-maxbackup", "9")],
  "audit-log-files-hold-100-mb": [flag("apiServer", "audit-log-maxsize", "99"), flag("apiServer", "audit-log-maxsize")],
  "api-server-looks-service-accounts-up": [flag("apiServer", "service-account-lookup", "false")],
  "api-server-has-the-service-accounts-key": [flag("apiServer", "service-account-key-file")],
  "api-server-shows-etcd-a-certificate": [flag("apiServer", "etcd-certfile"), flag("apiServer", "etcd-keyfile")],
  "api-server-serves-over-tls": [flag("apiServer", "tls-cert-file"), flag("apiServer", "tls-private-key-file")],
  "api-server-knows-the-clients-authority": [flag("apiServer", "client-ca-file")],
  "api-server-verifies-etcd": [flag("apiServer", "etcd-cafile")],
  "service-account-tokens-are-not-extended": [flag("apiServer", "service-account-extend-token-expiration")],
  "controller-manager-does-not-profile": [flag("controllerManager", "profiling", "true")],
  "controllers-have-accounts-of-their-own": [flag("controllerManager", "use-service-account-credentials", "false")],
  "controller-manager-signs-service-accounts": [flag("controllerManager", "service-account-private-key-file")],
  "pods-verify-the-api-server": [flag("controllerManager", "root-ca-file")],
  "kubelet-certificates-rotate": [
    flag("controllerManager", "feature-gates", "A=true,RotateKubeletServerCertificate=false"),
  ],
  "controller-manager-listens-locally": [flag("controllerManager", "bind-address", "0.0.0.0")],
  "scheduler-does-not-profile": [flag("scheduler", "profiling")],
  "scheduler-listens-locally": [flag("scheduler", "bind-address", "0.0.0.0")],
  "etcd-serves-over-tls": [flag("etcd", "cert-file"), flag("etcd", "key-file")],
  "etcd-asks-clients-for-certificates": [flag("etcd", "client-cert-auth", "false")],
  "etcd-has-a-real-certificate": [flag("etcd", "auto-tls", "true")],
  "etcd-members-talk-over-tls": [flag("etcd", "peer-cert-file"), flag("etcd", "peer-key-file")],
  "etcd-asks-members-for-certificates": [flag("etcd", "peer-client-cert-auth")],
  "etcd-members-have-real-certificates": [flag("etcd", "peer-auto-tls", "true")],
  "kubelet-service-is-root-only": [file(unit, { permissions: "0644" }), file(unit, undefined)],
  "kubelet-service-belongs-to-root": [file(unit, { owner: "ubuntu:ubuntu" })],
  "kubelet-refuses-anonymous-requests": [kubelet(["authentication", "anonymous", "enabled"], true)],
  "kubelet-asks-for-authorization": [kubelet(["authorization", "mode"], "AlwaysAllow")],
  "kubelet-knows-the-clients-authority": [kubelet(["authentication", "x509", "clientCAFile"], "")],
  "kubelet-has-no-read-only-port": [kubelet(["readOnlyPort"], 10255)],
  "kubelet-ends-idle-streams": [kubelet(["streamingConnectionIdleTimeout"], "0s")],
  "kubelet-keeps-iptables-chains": [kubelet(["makeIPTablesUtilChains"], false)],
  "kubelet-limits-processes-of-a-pod": [kubelet(["podPidsLimit"], -1), kubelet(["podPidsLimit"], undefined)],
  "kubelet-confines-system-calls": [kubelet(["seccompDefault"], false), kubelet(["seccompDefault"], undefined)],
  "kubelet-renews-its-certificate": [kubelet(["rotateCertificates"], false)],
  "kubelet-speaks-tls-1-2-or-later": [
    kubelet(["tlsMinVersion"], "VersionTLS10"),
    kubelet(["tlsMinVersion"], undefined),
  ],
  "kube-proxy-metrics-stay-local": [setting("KubeProxyConfiguration", ["metricsBindAddress"], "0.0.0.0:10249")],
  ...applicationMutations,
};
