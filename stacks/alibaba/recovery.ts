import * as ecs from "@pulumi/alicloud/ecs/index.js";
import * as vpc from "@pulumi/alicloud/vpc/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../recovery.ts";
import { createProvider } from "./provider.ts";
import type { Settings } from "./settings.ts";

type Tags = Record<string, string>;
type Inputs = Record<string, unknown>;
type Opts = pulumi.InvokeOptions;

const tagged: Record<string, (tags: Tags, opts: Opts) => Promise<{ ids?: string[] }>> = {
  "alicloud:vpc/network:Network": (tags, opts) => vpc.getNetworks({ tags }, opts),
  "alicloud:vpc/switch:Switch": (tags, opts) => vpc.getSwitches({ tags }, opts),
  "alicloud:vpc/natGateway:NatGateway": (tags, opts) => vpc.getNatGateways({ tags }, opts),
  "alicloud:ecs/securityGroup:SecurityGroup": (tags, opts) => ecs.getSecurityGroups({ tags }, opts),
  "alicloud:ecs/ecsKeyPair:EcsKeyPair": (tags, opts) => ecs.getEcsKeyPairs({ tags }, opts),
  "alicloud:ecs/instance:Instance": (tags, opts) => ecs.getInstances({ tags }, opts),
  "alicloud:ecs/ecsDisk:EcsDisk": (tags, opts) => ecs.getEcsDisks({ tags }, opts),
  "alicloud:ecs/eipAddress:EipAddress": (tags, opts) => ecs.getEipAddresses({ tags }, opts),
};

/** What carries no tags, by what it joins or by its name. */
const untagged: Record<string, (inputs: Inputs, opts: Opts) => Promise<string[]>> = {
  "alicloud:ecs/ecsDeploymentSet:EcsDeploymentSet": async ({ deploymentSetName }, opts) =>
    (await ecs.getEcsDeploymentSets({ deploymentSetName: String(deploymentSetName) }, opts)).ids,
  "alicloud:vpc/snatEntry:SnatEntry": async ({ snatTableId, sourceVswitchId }, opts) => {
    const asked = { snatTableId: String(snatTableId), sourceVswitchId: String(sourceVswitchId) };
    return (await vpc.getSnatEntries(asked, opts)).ids.map((id) => `${snatTableId}:${id}`);
  },
  "alicloud:ecs/ecsDiskAttachment:EcsDiskAttachment": async ({ diskId, instanceId }, opts) => {
    const { disks } = await ecs.getEcsDisks({ ids: [String(diskId)] }, opts);
    return joined(disks, instanceId).map(() => `${diskId}:${instanceId}`);
  },
  "alicloud:ecs/eipAssociation:EipAssociation": async ({ allocationId, instanceId }, opts) => {
    const { addresses } = await ecs.getEipAddresses({ ids: [String(allocationId)] }, opts);
    return joined(addresses, instanceId).map(() => `${allocationId}:${instanceId}`);
  },
};

const joined = (found: { instanceId: string }[], to: unknown) => found.filter(({ instanceId }) => instanceId === to);

/** By the tags that most resources carry. A rule of a group is made again without harm. */
export async function createFinder({ infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  return async ({ type, inputs }, known) => {
    const byTags = tagged[type];
    const ids = byTags ? (await byTags(ownTags(inputs), opts)).ids : await untagged[type]?.(inputs, opts);
    return ids?.find((id) => !known.has(id));
  };
}

/** Those that say what it is, of all that it carries. */
function ownTags({ tags }: Inputs): Tags {
  const own = Object.entries((tags ?? {}) as Tags).filter(([key]) => /^kpaas-(environment|resource)$/.test(key));
  return Object.fromEntries(own);
}
