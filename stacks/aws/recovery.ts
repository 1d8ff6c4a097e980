import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as iam from "@pulumi/aws/iam/index.js";
import { getResources } from "@pulumi/aws/resourcegroupstaggingapi/index.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import type { Finder } from "../shared/finder.ts";
import { createProvider } from "./provider.ts";
import type { Settings } from "./settings.ts";

/** Inputs with the names by which these types are known, whatever their ARNs say. */
const idInputs: Record<string, string> = {
  "aws:ec2/keyPair:KeyPair": "keyName",
  "aws:ec2/placementGroup:PlacementGroup": "name",
};

/**
 * Finds resources by the tags that they carry. What has none is made again without harm, but for a subnet's route table
 * and a VPC's range.
 */
export async function createFinder({ name, infrastructure }: Environment): Promise<Finder> {
  const opts = { provider: createProvider(infrastructure as Settings) };
  return async ({ type, inputs }, known) => {
    const unknown = (ids: string[]) => ids.find((id) => !known.has(id));
    if (type === "aws:ec2/routeTableAssociation:RouteTableAssociation")
      return unknown(await associationsOf(String(inputs.subnetId), opts));
    if (type === "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
      return unknown(await rangesOf(String(inputs.vpcId), String(inputs.cidrBlock), opts));
    const identity = identities[type];
    if (identity) return unknown(await namedOrNone(() => identity(String(inputs.name), opts)));
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

/** Reads the id from an ARN: `arn:aws:ec2:<region>:<account>:instance/i-0123`; load balancers are known by the ARN itself. */
function idOf(arn: string): string {
  return arn.startsWith("arn:aws:elasticloadbalancing:") ? arn : (arn.split("/").at(-1) ?? arn);
}

/** Look-ups of IAM, which is asked by name: its tags are in no region. */
const identities: Record<string, (name: string, opts: pulumi.InvokeOptions) => Promise<{ id: string }>> = {
  "aws:iam/role:Role": (name, opts) => iam.getRole({ name }, opts),
  "aws:iam/instanceProfile:InstanceProfile": async (name, opts) => {
    await iam.getInstanceProfile({ name }, opts);
    // The provider knows it by its name, AWS by an id besides.
    return { id: name };
  },
};

/** Gives the id of what is asked for by name, or none where it is not there, which is an error to AWS. */
async function namedOrNone(ask: () => Promise<{ id: string }>): Promise<string[]> {
  try {
    return [(await ask()).id];
  } catch (error) {
    if (/NoSuchEntity|couldn't find resource|not found|empty result/i.test(String(error))) return [];
    throw error;
  }
}

async function rangesOf(id: string, cidrBlock: string, opts: pulumi.InvokeOptions): Promise<string[]> {
  const { cidrBlockAssociations } = await ec2.getVpc({ id }, opts);
  return cidrBlockAssociations
    .filter((association) => association.cidrBlock === cidrBlock)
    .map(({ associationId }) => associationId);
}

async function associationsOf(subnetId: string, opts: pulumi.InvokeOptions): Promise<string[]> {
  const { ids } = await ec2.getRouteTables({ filters: [{ name: "association.subnet-id", values: [subnetId] }] }, opts);
  const tables = await Promise.all(ids.map((routeTableId) => ec2.getRouteTable({ routeTableId }, opts)));
  return tables
    .flatMap(({ associations }) => associations)
    .filter((association) => association.subnetId === subnetId)
    .map(({ routeTableAssociationId }) => routeTableAssociationId);
}
