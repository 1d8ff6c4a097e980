import * as pulumi from "@pulumi/pulumi";
import { cpiOf } from "../bosh/cpi.ts";
import { boshInputs } from "../bosh/index.ts";
import { type BoshValues, directorUser } from "../bosh/variables.ts";
import { applicationFirewall } from "../config/application-platform/firewall.ts";
import {
  applicationSubnets,
  type GroupPortRule,
  groupPortRules,
  planInstanceGroups,
} from "../config/application-platform/plan.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { jumphostSecretFiles } from "./first-boot/index.ts";
import type { ApplicationInfrastructure } from "./infrastructure.ts";
import { InstanceGroup } from "./instance-group.ts";
import { JumpHost } from "./jump-host.ts";
import type { PlatformContext, PlatformMachine } from "./platform-machine.ts";

export interface ApplicationPlatformArgs extends PlatformContext {
  environment: BoshEnvironment;
  /** The stack's secrets by the names that the environment gives them. */
  stackSecrets: pulumi.Output<BoshValues["secrets"]>;
}

/** Cloud Foundry on VMs that BOSH makes: what it makes them on, the machine that runs it, a group for each of upstream's. */
export class ApplicationPlatform extends pulumi.ComponentResource {
  static readonly __pulumiType = "kpaas:index:ApplicationPlatform";
  readonly jumpHost: PlatformMachine;
  readonly gatewayAddress?: pulumi.Output<string>;
  readonly groups: InstanceGroup[];

  constructor(name: string, args: ApplicationPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    const { environment } = args;
    const ports = groupPortRules(environment);
    const facts = platformFacts(environment, ports);
    super(ApplicationPlatform.__pulumiType, name, facts, opts);

    const made = this.createInfrastructure(name, args);
    const { gatewayAddress, instanceIdentity, vmNetworkId } = made;
    const files = jumpHostFiles(args, made);
    this.gatewayAddress = gatewayAddress;
    const jumpHost = { ...args, files, instanceIdentity, vmNetworkId };
    this.jumpHost = new JumpHost(`${name}-jumphost`, jumpHost, { parent: this }).machine;
    this.groups = planInstanceGroups(environment).map((plan) => {
      const own = ports.filter(({ group }) => group === plan.name);
      return new InstanceGroup(`${name}-${plan.name}`, { plan, ports: own }, { parent: this });
    });
    this.registerOutputs(facts);
  }

  private createInfrastructure(name: string, args: ApplicationPlatformArgs): ApplicationInfrastructure {
    const { environment, infrastructure, network, securityGroups, stackSecrets } = args;
    if (!infrastructure.applicationPlatform) throw new Error(`${infrastructure.kind} has nothing for BOSH`);
    const needsUser = cpiOf(environment).credentials.length > 0;
    const wanted = {
      settings: environment.applicationPlatform,
      network,
      firewall: applicationFirewall(environment),
      securityGroups,
      directorUser: needsUser ? stackSecrets.apply((secrets) => directorUser(environment, secrets)) : undefined,
    };
    return infrastructure.applicationPlatform(name, wanted, { parent: this });
  }
}

/** Gives what policies and the stack's state know of the whole, as plain data: BOSH makes the VMs. */
function platformFacts(environment: BoshEnvironment, ports: GroupPortRule[]) {
  const { size, systemDomain, cidr, gateway, database, blobstore } = environment.applicationPlatform;
  return {
    size,
    systemDomain,
    cidr,
    subnets: applicationSubnets({ cidr }, environment.network.zones).map((subnet) => subnet.cidr),
    gateway,
    gatewayPorts: ports.filter(({ group }) => group === "gateway"),
    database: database.kind,
    blobstore: blobstore.kind,
  };
}

function jumpHostFiles({ environment, stackSecrets }: ApplicationPlatformArgs, made: ApplicationInfrastructure) {
  return pulumi
    .all([made.facts, made.credentials, stackSecrets])
    .apply(([facts, credentials, secrets]) =>
      jumphostSecretFiles(boshInputs(environment, { facts, credentials, secrets })),
    );
}
