import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { subnetLookup, tierSubnets, zoneRanges } from "../../config/addresses.ts";
import { zoneName } from "../shared/zones.ts";
import { nameOf, tagsOf } from "./provider.ts";
import { IsPublicGateway, IsSubnet, IsVpc, IsVpcAddressPrefix } from "./sdk.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/**
 * Makes a VPC with three subnets for each zone, all of which go out by the zone's own public gateway, so that no zone
 * depends on another. A machine with a floating address uses that instead.
 */
export function createNetwork(context: Context, name: string, opts: Opts): Network {
  const { environment } = context;
  const cloudName = (resource: string) => nameOf(environment.name, resource);
  const tags = (resource: string) => tagsOf(environment.name, resource);
  const { id: vpc } = new IsVpc(
    name,
    { name: cloudName(name), addressPrefixManagement: "manual", tags: tags(name) },
    opts,
  );
  const zones = zoneRanges(environment).map((cidr, index) => {
    const zone = zoneName(context, index);
    const prefixName = `${name}-${index + 1}`;
    const prefix = new IsVpcAddressPrefix(prefixName, { name: cloudName(prefixName), vpc, zone, cidr }, opts);
    const gatewayName = `${name}-gateway-${index + 1}`;
    const gateway = new IsPublicGateway(
      gatewayName,
      { name: cloudName(gatewayName), vpc, zone, tags: tags(gatewayName) },
      opts,
    );
    return { zone, prefix, publicGateway: gateway.id };
  });

  return {
    id: vpc,
    subnetId: subnetLookup(
      tierSubnets(environment).map(({ name: plan, tier, zone, cidr }) => {
        const place = zones[zone];
        if (!place) throw new RangeError(`zone ${zone} has no gateway`);
        const subnetName = `${name}-${plan}`;
        const { id } = new IsSubnet(
          subnetName,
          {
            name: cloudName(subnetName),
            vpc,
            zone: place.zone,
            ipv4CidrBlock: cidr,
            publicGateway: place.publicGateway,
            tags: tags(subnetName),
          },
          // Its range must be the zone's first.
          { ...opts, dependsOn: place.prefix },
        );
        return { tier, zone, id };
      }),
    ),
  };
}
