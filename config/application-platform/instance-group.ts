import type { Layer, PlatformSize } from "./group.ts";
import type { GatewayPort, GroupPort } from "./ports.ts";
import type { VmTypeName } from "./vm-types.ts";

type PerSize<T> = Record<PlatformSize, T>;

/** VMs alike in all but name, zone and address. K-PaaS and upstream call each by the same name. */
export interface InstanceGroup {
  purpose: string;
  /** File of cf-deployment that has it. */
  source: "cf-deployment.yml" | "operations/use-haproxy.yml";
  layer: Layer;
  /** Runs once when asked to, on a VM that goes afterwards. */
  isErrand?: true;
  count: PerSize<number>;
  /** Most VMs that it may have: 1 for what upstream cannot double. */
  most: number;
  /** A majority decides, so that an even number is no safer than one less. */
  isQuorum?: true;
  vmType: PerSize<VmTypeName>;
  /** Size where more is needed than its type has; upstream's vm_extensions `50GB_ephemeral_disk` and `100GB_ephemeral_disk`. */
  ephemeralDiskGiB?: number;
  /** Set for groups that keep state; the disk outlives its VM. */
  persistentDiskGiB?: number;
  /** Ports of the gateway that lead to it. */
  gatewayPorts?: GatewayPort[];
  /** Ways in besides the gateway's and those of every VM. */
  ports: GroupPort[];
}
