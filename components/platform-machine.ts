import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/environment.ts";
import type { MachinePlan } from "../config/machines.ts";
import type { Role } from "../config/roles/index.ts";
import { FirstBoot, SecretFiles } from "../provider/sdk.ts";
import { firewallRules } from "./firewall.ts";
import { userData } from "./first-boot/index.ts";
import type {
  Disk,
  Infrastructure,
  Machine,
  MachineArgs,
  Network,
  SecurityGroup,
  SecurityGroups,
  VirtualAddress,
} from "./infrastructure.ts";
import { joinToken } from "./join-token.ts";
import { pinned } from "./pinned.ts";
import type { PlatformSecrets } from "./platform-secrets.ts";

/** Context from which each component of a platform is built. */
export interface PlatformContext {
  environment: Environment;
  /** Every machine of the environment; a component builds those of its role. */
  machines: MachinePlan[];
  infrastructure: Infrastructure;
  network: Network;
  secrets: PlatformSecrets;
  securityGroups: SecurityGroups;
  /** The way in, where the infrastructure has one; absent while it is built itself. */
  bastion?: PlatformMachine;
}

/** A machine that exists, beside the plan it was made from. */
export interface PlatformMachine extends Machine {
  plan: MachinePlan;
}

export interface MachineOptions extends Pick<MachineArgs, "instanceIdentity" | "vmNetworkId"> {
  parent: pulumi.Resource;
  publicPorts?: number[];
  dataDisk?: Disk;
  sharedVolume?: Disk;
  virtualAddress?: VirtualAddress;
}

export function machinesOf({ machines }: PlatformContext, role: Role): MachinePlan[] {
  return machines.filter((machine) => machine.role === role);
}

/** Gives the one machine of a role that is never more than one. */
export function machineOf(args: PlatformContext, role: Role): MachinePlan {
  const [machine, ...others] = machinesOf(args, role);
  if (!machine || others.length > 0) throw new Error(`expected one ${role} machine, planned ${others.length + 1}`);
  return machine;
}

/** Makes one security group for each role that has machines, and for the gateway's in any case, from the port table. */
export function platformFirewall(
  name: string,
  { environment, machines, infrastructure, network }: Omit<PlatformContext, "securityGroups">,
  parent: pulumi.Resource,
): SecurityGroups {
  const roles = [...new Set<Role>(["haproxy", ...machines.map(({ role }) => role)])];
  const rules = new Map(roles.map((role) => [role, firewallRules(environment, role)]));
  return infrastructure.firewall(name, { network, rules }, { parent });
}

export function securityGroupOf(
  { securityGroups }: Pick<PlatformContext, "securityGroups">,
  role: Role,
): SecurityGroup {
  const group = securityGroups.get(role);
  if (!group) throw new Error(`no security group for ${role}`);
  return group;
}

export function dataDisk(name: string, plan: MachinePlan, args: PlatformContext, parent: pulumi.Resource): Disk {
  if (!plan.dataDisk) throw new Error(`${plan.name} has no data disk in its plan`);
  return args.infrastructure.disk(name, { plan, sizeGiB: plan.dataDisk.sizeGiB, zone: plan.zone }, { parent });
}

/** Makes a machine with the user-data of its role, the same text on every infrastructure. */
export function platformMachine(
  name: string,
  plan: MachinePlan,
  args: PlatformContext,
  { parent, ...options }: MachineOptions,
): PlatformMachine {
  const { environment, machines, infrastructure, network, secrets, bastion } = args;
  const securityGroup = securityGroupOf(args, plan.role);
  const text = pulumi
    .all([secrets.platformCa.certPem, secrets.kubernetesCa.publicKeyPin, joinTokenOf(plan, secrets)])
    .apply(([platformCaPem, kubernetesCaPin, token]) =>
      userData(
        plan,
        { environment, machines, platformCaPem, kubernetesCaPin, sharedVolumePath: infrastructure.sharedVolumePath },
        { token },
      ),
    );
  const userDataText = pinned(`${name}-user-data`, text, plan, { parent });
  const machine = { plan, network, securityGroup, bastion, userData: userDataText, ...options };
  return { plan, ...infrastructure.machine(name, machine, { parent }) };
}

export function joinTokenOf(plan: MachinePlan, secrets: PlatformSecrets): pulumi.Output<string> {
  return secrets.joinTokenSeed.apply((seed) => joinToken(seed, plan.hostname));
}

export function secretFiles(
  name: string,
  machine: PlatformMachine,
  files: pulumi.Input<Record<string, string>>,
  args: PlatformContext,
  parent: pulumi.Resource,
): SecretFiles {
  return new SecretFiles(
    name,
    {
      machineId: machine.id,
      machineName: machine.plan.name,
      connection: machine.connection,
      files,
      timeoutSeconds: args.environment.timeouts.firstBootSeconds,
    },
    { parent },
  );
}

export function firstBoot(
  name: string,
  machine: PlatformMachine,
  args: PlatformContext,
  opts: pulumi.CustomResourceOptions,
): FirstBoot {
  return new FirstBoot(
    name,
    {
      machineId: machine.id,
      machineName: machine.plan.name,
      connection: machine.connection,
      timeoutSeconds: args.environment.timeouts.firstBootSeconds,
    },
    opts,
  );
}
