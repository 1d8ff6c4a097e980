import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/environment.ts";
import type { MachinePlan } from "../config/machines.ts";
import type { Role } from "../config/roles/index.ts";
import { FirstBoot, type MachineFile, MachineFiles, type PackageSource } from "../provider/sdk.ts";
import { firewallRules } from "./firewall.ts";
import { type Login, machineFiles, type PackageSourceFacts, secretFiles, userData } from "./first-boot/index.ts";
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
import { machinePins, type Pin } from "./pins.ts";
import type { PlatformSecrets } from "./platform-secrets.ts";
import type { Rollout } from "./rollout.ts";

/** Context from which each component of a platform is built. */
export interface PlatformContext {
  environment: Environment;
  /** Every machine of the environment; a component builds those of its role. */
  machines: MachinePlan[];
  infrastructure: Infrastructure;
  network: Network;
  secrets: PlatformSecrets;
  /** Logins at image registries by the secrets' names; absent where none wants one. */
  imageLogins?: pulumi.Output<Record<string, Login>>;
  /** Repository that machines take packages from; absent where their image says it. */
  packageSource?: PackageSource;
  /** Order in which machines that are there may change. */
  rollout: Rollout;
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
  /** @default pins of its own */
  pin?: Pin;
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
  const { sizeGiB } = plan.dataDisk;
  // Of etcd's data every member has a copy: the disk of a master that the file no longer has goes with it.
  const isOnlyCopy = plan.role !== "master" || machinesOf(args, "master").length === 1;
  return args.infrastructure.disk(name, { plan, sizeGiB, zone: plan.zone, isOnlyCopy }, { parent });
}

/** Makes a machine, in its turn, with user-data that says who it is, the same text on every infrastructure. */
export function platformMachine(
  name: string,
  plan: MachinePlan,
  args: PlatformContext,
  { parent, pin = machinePins(name, plan, { parent }), ...options }: MachineOptions,
): PlatformMachine {
  const { infrastructure, network, bastion, rollout } = args;
  const securityGroup = securityGroupOf(args, plan.role);
  const text = pulumi.output(rollout.turn(plan).then(() => userData(plan)));
  const machine = {
    plan,
    network,
    securityGroup,
    bastion,
    pin,
    userData: pin("user-data", text, "machine"),
    ...options,
  };
  return { plan, ...infrastructure.machine(name, machine, { parent }) };
}

export function joinTokenOf(plan: MachinePlan, secrets: PlatformSecrets): pulumi.Output<string> {
  return secrets.joinTokenSeed.apply((seed) => joinToken(seed, plan.hostname));
}

/** Gives all files of a machine: what its role is made of, and its secrets, contents by path below /etc/kpaas/secrets. */
export function filesOf(
  plan: MachinePlan,
  args: PlatformContext,
  secretContents: pulumi.Input<Record<string, string>> = {},
): pulumi.Output<MachineFile[]> {
  const { environment, machines, infrastructure, secrets } = args;
  const { sharedVolumePath } = infrastructure;
  const { platformCa, kubernetesCa } = secrets;
  return pulumi
    .all([platformCa.certPem, kubernetesCa.publicKeyPin, joinTokenOf(plan, secrets), secretContents, sourceOf(args)])
    .apply(([platformCaPem, kubernetesCaPin, token, contents, packageSource]) => [
      ...machineFiles(
        plan,
        { environment, machines, platformCaPem, kubernetesCaPin, sharedVolumePath, packageSource },
        { token },
      ),
      ...secretFiles(contents),
    ]);
}

const sourceOf = ({ packageSource }: PlatformContext): pulumi.Output<PackageSourceFacts | undefined> =>
  packageSource
    ? pulumi.all([packageSource.suite, packageSource.publicKey]).apply(([suite, publicKey]) => ({ suite, publicKey }))
    : pulumi.output(undefined);

/** Delivers all files of a machine, now and whenever they change. */
export function deliveredFiles(
  name: string,
  machine: PlatformMachine,
  args: PlatformContext,
  parent: pulumi.Resource,
  secretContents?: pulumi.Input<Record<string, string>>,
  dependsOn: pulumi.Resource[] = [],
): MachineFiles {
  const { plan, id: machineId, connection } = machine;
  return new MachineFiles(
    `${name}-files`,
    {
      machineId,
      machineName: plan.name,
      connection,
      files: filesOf(plan, args, secretContents),
      timeoutSeconds: args.environment.timeouts.firstBootSeconds,
    },
    { parent, dependsOn, aliases: [{ type: "kpaas:index:SecretFiles", name: `${name}-secrets` }] },
  );
}

/** Waits until a machine has applied its files; then it is through, and the next one has its turn. */
export function firstBoot(...[name, machine, files, args, parent]: Parameters<typeof bootEnd>): FirstBoot {
  const ended = bootEnd(name, machine, files, args, parent);
  args.rollout.done(machine.plan, ended);
  return ended;
}

/** Waits until a machine has applied its files. */
export function bootEnd(
  name: string,
  machine: PlatformMachine,
  files: MachineFiles,
  args: PlatformContext,
  parent: pulumi.Resource,
  dependsOn: pulumi.Resource[] = [],
): FirstBoot {
  const { plan, id: machineId, connection } = machine;
  return new FirstBoot(
    `${name}-first-boot`,
    {
      machineId,
      machineName: plan.name,
      connection,
      revision: files.revision,
      timeoutSeconds: args.environment.timeouts.firstBootSeconds,
    },
    { parent, dependsOn },
  );
}
