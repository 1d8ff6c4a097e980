import * as pulumi from "@pulumi/pulumi";
import type { GroupPortRule, InstanceGroupPlan } from "../config/application-platform/plan.ts";

export interface InstanceGroupArgs {
  plan: InstanceGroupPlan;
  /** The ways into its VMs. */
  ports: GroupPortRule[];
}

/**
 * VMs of the application platform that are alike, as plain facts: what policies and the stack's state know of them. It has no
 * resource for a VM, as BOSH makes these, replaces and repairs them.
 */
export class InstanceGroup extends pulumi.ComponentResource {
  static readonly __pulumiType = "kpaas:index:InstanceGroup";

  constructor(name: string, { plan, ports }: InstanceGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    const { vms, ...group } = plan;
    const facts = {
      ...group,
      groupName: plan.name,
      count: vms.length,
      vms: vms.map((vm) => ({ name: vm.name, zone: vm.zone + 1 })),
      ports: ports.map(({ group: _, ...port }) => port),
    };
    super(InstanceGroup.__pulumiType, name, facts, opts);
    this.registerOutputs(facts);
  }
}
