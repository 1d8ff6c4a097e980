import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../shared/finder.ts";
import { ask, resourceToken } from "../shared/terraform-bridge.ts";
import { createProvider } from "./provider.ts";
import { tencentcloud } from "./sdk.ts";
import type { Settings } from "./settings.ts";

type Inputs = Record<string, unknown>;
type Found = Record<string, unknown>;

/** Look-up of one type of resource. */
interface Lookup {
  /** Data source that lists its kind, and where in its answer. */
  source: string;
  list: string;
  asked(inputs: Inputs): Inputs;
  /** Gives the resource's id, where what is listed is it. */
  id(found: Found, inputs: Inputs): unknown;
}

const byTags = ({ tags }: Inputs) => ({ tags });

/** Ids of types that are known by what they belong to: the refresh that follows forgets what is not there. */
const idOf: Record<string, (inputs: Inputs) => string> = {
  tencentcloud_security_group_rule_set: ({ securityGroupId }) => `${securityGroupId}`,
  tencentcloud_cbs_storage_attachment: ({ storageId }) => `${storageId}`,
  tencentcloud_clb_target_group_attachment: ({ clbId, listenerId, targetGroupId }) =>
    `${targetGroupId}#${listenerId}#${clbId}#`,
  tencentcloud_clb_target_group_instance_attachment: ({ targetGroupId, bindIp, port }) =>
    `${targetGroupId}#${bindIp}#${port}`,
  tencentcloud_eip_association: ({ eipId, instanceId }) => `${eipId}::${instanceId}`,
};

const lookups: Record<string, Lookup> = {
  tencentcloud_vpc: {
    source: "tencentcloud_vpc_instances",
    list: "instanceLists",
    asked: byTags,
    id: ({ vpcId }) => vpcId,
  },
  tencentcloud_subnet: {
    source: "tencentcloud_vpc_subnets",
    list: "instanceLists",
    asked: byTags,
    id: ({ subnetId }) => subnetId,
  },
  tencentcloud_route_table: {
    source: "tencentcloud_vpc_route_tables",
    list: "instanceLists",
    asked: byTags,
    id: ({ routeTableId }) => routeTableId,
  },
  tencentcloud_route_table_entry: {
    source: "tencentcloud_vpc_route_tables",
    list: "instanceLists",
    asked: ({ routeTableId }) => ({ routeTableId }),
    id: ({ routeTableId, routeEntryInfos }, { destinationCidrBlock }) => {
      const entry = (routeEntryInfos as Found[]).find((each) => each.destinationCidrBlock === destinationCidrBlock);
      return entry && `${entry.routeEntryId}.${routeTableId}`;
    },
  },
  tencentcloud_nat_gateway: {
    source: "tencentcloud_nat_gateways",
    list: "nats",
    asked: ({ name, vpcId }) => ({ name, vpcId }),
    id: ({ id }) => id,
  },
  tencentcloud_eip: { source: "tencentcloud_eips", list: "eipLists", asked: byTags, id: ({ eipId }) => eipId },
  tencentcloud_security_group: {
    source: "tencentcloud_security_groups",
    list: "securityGroups",
    asked: byTags,
    id: ({ securityGroupId }) => securityGroupId,
  },
  tencentcloud_key_pair: {
    source: "tencentcloud_key_pairs",
    list: "keyPairLists",
    asked: ({ keyName }) => ({ keyName: `^${keyName}$` }),
    id: ({ keyId }) => keyId,
  },
  tencentcloud_placement_group: {
    source: "tencentcloud_placement_groups",
    list: "placementGroupLists",
    asked: ({ name }) => ({ name }),
    id: ({ placementGroupId }) => placementGroupId,
  },
  tencentcloud_instance: {
    source: "tencentcloud_instances",
    list: "instanceLists",
    asked: byTags,
    id: ({ instanceId }) => instanceId,
  },
  tencentcloud_cbs_storage: {
    source: "tencentcloud_cbs_storages",
    list: "storageLists",
    asked: ({ storageName }) => ({ storageName }),
    id: ({ storageId }) => storageId,
  },
  tencentcloud_clb_instance: {
    source: "tencentcloud_clb_instances",
    list: "clbLists",
    asked: ({ clbName }) => ({ clbName }),
    id: ({ clbId }) => clbId,
  },
  tencentcloud_clb_target_group: {
    source: "tencentcloud_clb_target_groups",
    list: "lists",
    asked: ({ targetGroupName, vpcId }) => ({ targetGroupName, vpcId }),
    id: ({ targetGroupId }) => targetGroupId,
  },
  tencentcloud_clb_listener: {
    source: "tencentcloud_clb_listeners",
    list: "listenerLists",
    asked: ({ clbId, port, protocol }) => ({ clbId, port, protocol }),
    id: ({ clbId, listenerId }) => `${clbId}#${listenerId}`,
  },
};

/** Finds resources by the tags that most of them carry, others by their names. */
export async function createFinder({ infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  return async ({ type, inputs }, known) => {
    const of = <Value>(table: Record<string, Value>) =>
      Object.entries(table).find(([terraformName]) => resourceToken(terraformName) === type)?.[1];
    const follows = of(idOf);
    if (follows) return follows(inputs);
    const lookup = of(lookups);
    if (!lookup) return undefined;
    const answer = await ask<Record<string, Found[]>>(tencentcloud, lookup.source, lookup.asked(inputs), opts);
    const ids = (answer[lookup.list] ?? []).flatMap((found) => lookup.id(found, inputs) ?? []).map(String);
    return ids.find((id) => !known.has(id));
  };
}
