import * as pulumi from "@pulumi/pulumi";
import type { SecurityGroup, SecurityGroupArgs } from "../../components/infrastructure.ts";
import { roleBlocks } from "../../config/addresses.ts";
import type { Environment } from "../../config/environment.ts";
import { nftablesRuleset } from "./firewall.ts";

/** No resource: the rules travel to each machine as a ruleset, which is the group's id here. */
export function createSecurityGroup(environment: Environment, { rules }: SecurityGroupArgs): SecurityGroup {
  return { id: pulumi.output(nftablesRuleset(rules, (role) => roleBlocks(environment, role))) };
}
