import * as ecs from "@pulumi/alicloud/ecs/index.js";
import * as nlb from "@pulumi/alicloud/nlb/index.js";
import * as slb from "@pulumi/alicloud/slb/index.js";
import * as vpc from "@pulumi/alicloud/vpc/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../shared/finder.ts";
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
  "alicloud:nlb/loadBalancer:LoadBalancer": (tags, opts) => nlb.getLoadBalancers({ tags }, opts),
  "alicloud:slb/applicationLoadBalancer:ApplicationLoadBalancer": (tags, opts) =>
    slb.getApplicationLoadBalancers({ tags }, opts),
  "alicloud:slb/acl:Acl": (tags, opts) => slb.getAcls({ tags }, opts),
  "alicloud:nlb/serverGroup:ServerGroup": (tags, opts) => nlb.getServerGroups({ tags }, opts),
};

/** Look-ups of types that carry no tags, by what a resource belongs to or by its name. */
const untagged: Record<string, (inputs: Inputs, opts: Opts) => Promise<string[]>> = {
  "alicloud:ecs/ecsDeploymentSet:EcsDeploymentSet": async ({ deploymentSetName }, opts) =>
    (await ecs.getEcsDeploymentSets({ deploymentSetName: String(deploymentSetName) }, opts)).ids,
  "alicloud:vpc/snatEntry:SnatEntry": async ({ snatTableId, sourceVswitchId }, opts) => {
    const asked = { snatTableId: String(snatTableId), sourceVswitchId: String(sourceVswitchId) };
    return (await vpc.getSnatEntries(asked, opts)).ids.map((id) => `${snatTableId}:${id}`);
  },
  "alicloud:nlb/listener:Listener": async ({ loadBalancerId, listenerPort }, opts) => {
    const { listeners } = await nlb.getListeners({ loadBalancerIds: [String(loadBalancerId)] }, opts);
    return listeners.filter((listener) => listener.listenerPort === listenerPort).map(({ id }) => id);
  },
};

/** Ids of types that are known by what they join: the refresh that follows forgets what is not there. */
const joints: Record<string, (inputs: Inputs) => string> = {
  "alicloud:vpc/ipv4CidrBlock:Ipv4CidrBlock": ({ vpcId, secondaryCidrBlock }) => `${vpcId}:${secondaryCidrBlock}`,
  "alicloud:ecs/ecsDiskAttachment:EcsDiskAttachment": ({ diskId, instanceId }) => `${diskId}:${instanceId}`,
  "alicloud:ecs/eipAssociation:EipAssociation": ({ allocationId, instanceId }) => `${allocationId}:${instanceId}`,
  "alicloud:slb/listener:Listener": ({ loadBalancerId, protocol, frontendPort }) =>
    `${loadBalancerId}:${protocol}:${frontendPort}`,
  "alicloud:slb/aclEntryAttachment:AclEntryAttachment": ({ aclId, entry }) => `${aclId}:${entry}`,
  "alicloud:nlb/serverGroupServerAttachment:ServerGroupServerAttachment": (inputs) =>
    `${inputs.serverGroupId}_${inputs.serverId}_${inputs.serverType}_${inputs.port}`,
};

export const lookedFor: readonly string[] = [tagged, untagged, joints].flatMap((types) => Object.keys(types));

/** Finds resources by the tags that most of them carry. A rule of a group is made again without harm. */
export async function createFinder({ infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  return async ({ type, inputs }, known) => {
    const joint = joints[type];
    if (joint) return joint(inputs);
    const byTags = tagged[type];
    const ids = byTags ? (await byTags(inputs.tags as Tags, opts)).ids : await untagged[type]?.(inputs, opts);
    return ids?.find((id) => !known.has(id));
  };
}
