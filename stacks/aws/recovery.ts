import * as ec2 from "@pulumi/aws/ec2/index.js";
import { getResources } from "@pulumi/aws/resourcegroupstaggingapi/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../recovery.ts";
import { createProvider } from "./provider.ts";
import type { Settings } from "./settings.ts";

/** Known by their names, whatever their ARNs say. */
const idInputs: Record<string, string> = {
  "aws:ec2/keyPair:KeyPair": "keyName",
  "aws:ec2/placementGroup:PlacementGroup": "name",
};

/** By the tags that every resource carries. What has none is made again without harm, but for a subnet's route table. */
export async function createFinder({ name, infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  return async ({ type, inputs }, known) => {
    const unknown = (ids: string[]) => ids.find((id) => !known.has(id));
    if (type === "aws:ec2/routeTableAssociation:RouteTableAssociation")
      return unknown(await associationsOf(String(inputs.subnetId), opts));
    const resource = (inputs.tags as Record<string, string> | undefined)?.["kpaas-resource"];
    if (!resource) return undefined;
    const { resourceTagMappingLists } = await getResources(
      {
        tagFilters: [
          { key: "kpaas-environment", values: [name] },
          { key: "kpaas-resource", values: [resource] },
        ],
      },
      opts,
    );
    const idInput = idInputs[type];
    return unknown(
      resourceTagMappingLists.map(({ resourceArn }) => String(idInput ? inputs[idInput] : idOf(resourceArn))),
    );
  };
}

/** `arn:aws:ec2:<region>:<account>:instance/i-0123`; load balancers are known by the ARN itself. */
function idOf(arn: string): string {
  return arn.startsWith("arn:aws:elasticloadbalancing:") ? arn : (arn.split("/").at(-1) ?? arn);
}

async function associationsOf(subnetId: string, opts: pulumi.InvokeOptions): Promise<string[]> {
  const { ids } = await ec2.getRouteTables({ filters: [{ name: "association.subnet-id", values: [subnetId] }] }, opts);
  const tables = await Promise.all(ids.map((routeTableId) => ec2.getRouteTable({ routeTableId }, opts)));
  return tables
    .flatMap(({ associations }) => associations)
    .filter((association) => association.subnetId === subnetId)
    .map(({ routeTableAssociationId }) => routeTableAssociationId);
}
