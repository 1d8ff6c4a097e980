import * as pulumi from "@pulumi/pulumi";
import { applicationSubnets, groupPortRules, planInstanceGroups } from "../config/application-platform/plan.ts";
import type { ApplicationPlatformSettings, Environment } from "../config/environment.ts";
import { InstanceGroup } from "./instance-group.ts";

export interface ApplicationPlatformArgs {
  environment: Environment;
  settings: ApplicationPlatformSettings;
}

/** Cloud Foundry on VMs: a group for each of upstream's. Plain facts, as BOSH makes the VMs. */
export class ApplicationPlatform extends pulumi.ComponentResource {
  static readonly __pulumiType = "kpaas:index:ApplicationPlatform";
  readonly groups: InstanceGroup[];

  constructor(name: string, args: ApplicationPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    const { environment, settings } = args;
    const { size, systemDomain, cidr, gateway, database, blobstore } = settings;
    const ports = groupPortRules(environment);
    const facts = {
      size,
      systemDomain,
      cidr,
      subnets: applicationSubnets(settings, environment.network.zones).map((subnet) => subnet.cidr),
      gateway,
      gatewayPorts: ports.filter(({ group }) => group === "gateway"),
      database: database.kind,
      blobstore: blobstore.kind,
    };
    super(ApplicationPlatform.__pulumiType, name, facts, opts);

    this.groups = planInstanceGroups(environment).map(
      (plan) =>
        new InstanceGroup(
          `${name}-${plan.name}`,
          { plan, ports: ports.filter(({ group }) => group === plan.name) },
          { parent: this },
        ),
    );
    this.registerOutputs(facts);
  }
}
