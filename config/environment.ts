import type { GroupName, PlatformSize } from "./application-platform/group.ts";
import type { VmTypeName } from "./application-platform/vm-types.ts";
import type { MachineSize } from "./machine-size.ts";
import type { MaintenanceSettings } from "./maintenance/settings.ts";
import type { PackageSettings } from "./packages.ts";
import type { PodSecuritySettings } from "./pod-security.ts";
import type { SupportSettings } from "./roles/index.ts";
import type { Rollout } from "./rollout.ts";

export interface Taint {
  key: string;
  value?: string;
  effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface WorkerPool {
  /** Machines of the pool are called `<name>-1`, `<name>-2`, ... */
  name: string;
  count: number;
  /** Machines of `count` that only stand in while the others change; absent but in a run that has such. */
  standIns?: number;
  size: MachineSize;
  /** Absent where the nodes have the control plane's. */
  kubernetesVersion?: string;
  labels: Record<string, string>;
  taints: Taint[];
  generation: number;
  rollout: Rollout;
}

export interface NetworkSettings {
  /** Range of the machines' own addresses. */
  cidr: string;
  podCidr: string;
  serviceCidr: string;
  /** Zones the machines are spread over; each gets its own part of `cidr`. */
  zones: number;
  /** Ranges that may reach the gateway (API server, registry, database) from outside the platform's network. */
  adminCidrs: string[];
  /** DNS domain of the platform's own names: `api.<domain>`, `registry.<domain>`, `database.<domain>`. */
  domain: string;
}

interface ContainerPlatformSettings extends SupportSettings {
  kubernetesVersion: string;
  podNetwork: "flannel" | "calico";
  podSecurity: PodSecuritySettings;
  masters: { count: number; size: MachineSize; dataDiskGiB: number; generation: number };
  workerPools: WorkerPool[];
  /** The gateway before API server, registry and database: machines of the platform's own, or the cloud's service. */
  gateway: "haproxy" | "load-balancer";
  /** Absent where the gateway is a load balancer. */
  haproxy?: { count: number; size: MachineSize; generation: number };
}

export interface ApplicationPlatformSettings {
  size: PlatformSize;
  systemDomain: string;
  /** Range of the VMs' own addresses. */
  cidr: string;
  /** Ranges that may reach applications and the API. */
  clientCidrs: string[];
  gateway: "haproxy" | "load-balancer";
  /** Address of a mirror that releases and stemcells are taken from in place of upstream's. */
  mirrorBaseUrl?: string;
  /** Every group that the environment has. */
  groups: Partial<Record<GroupName, { count: number; vmType: VmTypeName }>>;
  /** Secrets are told by name: the stack's file keeps them encrypted. */
  database:
    | { kind: "internal" }
    | { kind: "external"; engine: "mysql" | "postgres"; host: string; port: number; passwordsSecret: string };
  blobstore:
    | { kind: "internal" }
    | {
        kind: "external";
        endpoint?: string;
        region: string;
        buckets: { buildpacks: string; droplets: string; packages: string; resources: string };
        credentialsSecret: string;
      };
  jumpHost: { size: MachineSize; dataDiskGiB: number; generation: number };
  /** Name of the secret with the director's user at the cloud, for CPIs that know no identity of a machine. */
  directorSecret: string;
}

/** mandatory stops a preview, advisory warns. */
export type EnforcementLevel = "mandatory" | "advisory" | "disabled";

export interface PolicySettings {
  /** Currency is an ISO 4217 code. */
  monthlyBudget?: { amount: number; currency: string };
  /** Most that the environment may ask of the infrastructure. */
  quota: { machines?: number; vcpus?: number; memoryGiB?: number; diskGiB?: number };
  /** Settings by policy name, where enforcement differs from the policy's own. */
  rules: Record<string, RuleSetting>;
}

/** The enforcement of one policy; all but `until` are there where it is relaxed. */
export interface RuleSetting {
  level: EnforcementLevel;
  reason?: string;
  /** Who decided so. */
  by?: string;
  /** Day of the decision, as YYYY-MM-DD. */
  date?: string;
  /** Last day on which it holds; absent: it has no end. */
  until?: string;
}

interface Timeouts {
  /** Time from a machine's creation until its first boot has ended. */
  firstBootSeconds: number;
  /** Time from a node's machine being there until the node is Ready. */
  nodeReadySeconds: number;
}

/** Settings that an infrastructure needs beyond the platform's. Each adds its own; these are called alike everywhere. */
export interface InfrastructureSettings {
  kind: string;
  region?: string;
  /** Zones in the order in which `network.zones` takes them; absent where the cloud chooses. */
  availabilityZones?: string[];
  /** Absent on local, where a machine takes what it needs. */
  machineTypes?: MachineType[];
  /** The cloud's own name of the type of its disks. */
  diskType?: string;
  /** The machines' name servers, where the infrastructure has a setting of them; none: the network's own. */
  dnsServers?: string[];
}

/** A size of machine that an infrastructure offers. */
export interface MachineType {
  name: string;
  vcpus: number;
  memoryGiB: number;
}

/** A whole environment after validation: plain data, every default filled in. Made only by `parseEnvironment`. */
export interface Environment {
  /** The stack's name: prefix of every machine's host name. */
  name: string;
  /** Some policies hold for operation only. */
  purpose: "development" | "operation";
  infrastructure: InfrastructureSettings;
  network: NetworkSettings;
  /** Absent on `local`. */
  bastion?: { size: MachineSize; generation: number };
  containerPlatform: ContainerPlatformSettings;
  applicationPlatform?: ApplicationPlatformSettings;
  packages: PackageSettings;
  /** Absent: machines' packages are left to their distribution, but for what `./kpaas maintain` brings. */
  maintenance?: MaintenanceSettings;
  policies: PolicySettings;
  timeouts: Timeouts;
}
