import type { z } from "zod";
import type { MachineSize } from "../machine-size.ts";

/**
 * The parts of a zone's range. Clouds that route by subnet make each a subnet of its own: only what is in front has a way in from
 * outside, and addresses that the cloud gives out never meet the fixed ones.
 */
export type Tier = "front" | "platform" | "workers";

/** Every plain fact of a machine role. Adding a role: docs/recipes/add-a-role.md. */
export interface RoleFacts {
  /** The platform that its machines belong to. */
  platform: "container" | "application";
  /** Only machines in front may have public addresses. */
  tier: Tier;
  /** Its fixed addresses within the tier; absent where the infrastructure chooses them. */
  block?: AddressBlock;
  /** Pulumi type of the component that makes its machines. */
  component: `kpaas:index:${string}`;
  /** Its machines are nodes of the cluster. */
  isNode?: true;
  /** Its machines keep state, on a data disk that outlives them. */
  keepsState?: true;
  /** Mount path of the data disk, on machines that have one. */
  dataPath?: string;
  /** Nothing but SSH is open on it. */
  servesOnlySsh?: true;
  /** Debian packages; first boot installs those a machine lacks, a baked image has them all. */
  packages: readonly string[];
  /** systemd units that run from first boot on, which `status` asks about. */
  units: readonly string[];
  /** Paths by name of the certificates that end while a machine lives, which `status` reads; authorities' are known from `up`. */
  certificates: Readonly<Record<string, string>>;
  /** Smallest machine that carries users' work. Smaller ones start, and fail under load. */
  leastInOperation: LeastSize;
  outage: Outage;
  /** CSS colour of its boxes and chips. */
  colour: { light: string; dark: string };
  /** The check by which the gateway tells a machine that answers from one that only listens. @default takes a connection */
  healthCheck?: HealthCheck;
}

/**
 * Size and offset in addresses; the size is a power of two and the offset a multiple of it, so that the block is a
 * CIDR. Clouds keep up to six addresses at a subnet's start and three at its end for themselves.
 */
export interface AddressBlock {
  offset: number;
  size: number;
}

export type LeastSize = Pick<MachineSize, "vcpus" | "memoryGiB"> & { dataDiskGiB?: number };

/** Loss to the platform while a role's only machine is away. */
export interface Outage {
  /** high: the platform stops. medium: a part of it stops, or no change is possible. low: worth knowing. */
  severity: "high" | "medium" | "low";
  /** Ends the sentence "while it is away, ...". */
  loss: string;
  /** Setting that adds a second machine; absent where the role has never more than one. */
  remedy?: string;
}

export interface HealthCheck {
  /** Request over TLS without a login, and the HTTP status of its answer. */
  request: { path: string; status: number };
  /** Time between requests, in HAProxy's notation: `500ms`, `2s`. */
  interval: string;
  /** Ends the sessions of a machine that has stopped to answer. */
  endsSessions?: true;
}

/** Settings that every support machine has in the environment file. */
export interface SupportMachine {
  size: MachineSize;
  /** Set for roles with a data path. */
  dataDiskGiB?: number;
  generation: number;
}

/** A role with one machine of its own, always there, whose settings are `containerPlatform.<role>` in the environment file. */
export interface SupportRoleFacts extends RoleFacts {
  block: AddressBlock;
  settings: z.ZodType<SupportMachine>;
}
