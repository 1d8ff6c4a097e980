import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructure, ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { applicationSubnets } from "../../config/application-platform/plan.ts";
import { createApplicationFirewall } from "./application-firewall.ts";
import { createDirectorIdentity } from "./director-identity.ts";
import { createAddress, type RoutedNetwork } from "./network.ts";
import { nameOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** Makes what the Google CPI needs: https://bosh.io/docs/google-cpi/. It attaches haproxy's address to its VM. */
export function createApplicationInfrastructure(
  context: Context,
  name: string,
  args: ApplicationInfrastructureArgs,
  opts: Opts,
): ApplicationInfrastructure {
  const network = args.network as RoutedNetwork;
  const subnets = createSubnets(context, name, args, opts);
  const firewall = createApplicationFirewall(context, name, args, opts);
  const { address: gatewayAddress } = createAddress(context, `${name}-haproxy`, opts);
  const identity = createDirectorIdentity(context, name, subnets, opts);
  const ready = pulumi.all(firewall.map(({ id }) => id));
  const facts = pulumi
    .all([identity, network.name, gatewayAddress, pulumi.all(subnets.map(({ name }) => name)), ready])
    .apply(
      ([{ email, project }, networkName, haproxy_public_ip, names]): Record<string, string | string[]> => ({
        project_id: project,
        service_account: email,
        network: networkName,
        haproxy_public_ip,
        ...Object.fromEntries(names.map((known, zone) => [`subnetwork_z${zone + 1}`, known])),
      }),
    );
  return {
    facts,
    credentials: pulumi.output<Record<string, string>>({}),
    instanceIdentity: identity.email,
    gatewayAddress,
  };
}

/**
 * Makes a subnet for each zone, though Google's reach over the region. They go out by the network's NAT, as every
 * subnet does.
 */
function createSubnets(
  { environment, settings }: Context,
  name: string,
  { settings: platform, network }: ApplicationInfrastructureArgs,
  opts: Opts,
): Subnetwork[] {
  return applicationSubnets(platform, environment.network.zones).map(({ zone, cidr }) => {
    const subnetName = `${name}-${zone + 1}`;
    return new Subnetwork(
      subnetName,
      {
        name: nameOf(environment.name, subnetName),
        network: network.id,
        region: settings.region,
        ipCidrRange: cidr,
        privateIpGoogleAccess: true,
      },
      opts,
    );
  });
}
