import * as identity from "@pulumi/openstack/identity/index.js";
import * as networking from "@pulumi/openstack/networking/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructure, ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { namePrefix } from "../../config/application-platform/names.ts";
import { applicationSubnets } from "../../config/application-platform/plan.ts";
import { createApplicationFirewall } from "./application-firewall.ts";
import { createApplicationLoadBalancer } from "./application-load-balancer.ts";
import type { Context } from "./context.ts";
import { onceAttached, type RoutedNetwork } from "./network.ts";

type Opts = pulumi.CustomResourceOptions;
type Facts = Record<string, string | string[]>;

/**
 * Makes what the OpenStack CPI needs: https://bosh.io/docs/openstack-cpi/. `keyPair`: name of the one with which every
 * machine of the environment is made.
 */
export function createApplicationInfrastructure(
  context: Context,
  name: string,
  args: ApplicationInfrastructureArgs & { keyPair: pulumi.Output<string> },
  opts: Opts,
): ApplicationInfrastructure {
  const { settings: platform, directorUser, keyPair } = args;
  if (!directorUser) throw new Error("the OpenStack CPI wants a user");
  const network = context.settings.network
    ? findNetwork(context, context.settings.network, args, opts)
    : makeNetwork(context, name, args, opts);
  const { resources, gatewayGroup } = createApplicationFirewall(context, name, args, opts);
  const gateway =
    platform.gateway === "load-balancer"
      ? createApplicationLoadBalancer(context, name, { ...args, subnetId: network.firstSubnetId, gatewayGroup }, opts)
      : haproxyAddress(context, name, opts);
  const ready = pulumi.all([...resources, ...(gateway?.resources ?? [])].map(({ id }) => id));
  const facts = pulumi
    .all([cloudFacts(context, opts), directorUser.username, network.id, keyPair, gateway?.address, ready])
    .apply(
      ([cloud, openstack_username, net_id, default_key_name, gatewayAddress]): Facts => ({
        ...cloud,
        openstack_username,
        net_id,
        default_key_name,
        dns_servers: context.settings.dnsServers,
        ...(gatewayAddress && platform.gateway === "haproxy" ? { haproxy_public_ip: gatewayAddress } : {}),
      }),
    );
  return {
    facts,
    credentials: pulumi.secret(
      directorUser.apply(({ password }): Record<string, string> => ({ openstack_password: password })),
    ),
    gatewayAddress: gateway?.address,
  };
}

interface ApplicationNetwork {
  /** Id that is known once VMs in the network reach the outside. */
  id: pulumi.Output<string>;
  firstSubnetId: pulumi.Output<string>;
}

/** Makes a network of the VMs' own: what the cloud gives out in the other one never meets an address that BOSH chooses. */
function makeNetwork(
  context: Context,
  name: string,
  { settings, network }: ApplicationInfrastructureArgs,
  opts: Opts,
): ApplicationNetwork {
  const { environment } = context;
  const prefix = namePrefix(environment);
  const { routerId } = network as RoutedNetwork;
  if (!routerId) throw new Error("a network that was made has a router");
  const { id: networkId } = new networking.Network(name, { name: prefix }, opts);
  const subnetIds = applicationSubnets(settings, environment.network.zones).map(
    ({ zone, cidr, gateway, cloudAddresses: { start, end } }) => {
      const subnet = new networking.Subnet(
        `${name}-subnet-${zone + 1}`,
        {
          name: `${prefix}-${zone + 1}`,
          networkId,
          cidr,
          gatewayIp: gateway,
          allocationPools: [{ start, end }],
          dnsNameservers: context.settings.dnsServers,
        },
        opts,
      );
      const attached = new networking.RouterInterface(
        `${name}-router-${zone + 1}`,
        { routerId, subnetId: subnet.id },
        opts,
      );
      return attached.subnetId as pulumi.Output<string>;
    },
  );
  return { id: onceAttached(networkId, subnetIds), firstSubnetId: firstOf(subnetIds) };
}

function firstOf<T>([first]: T[]): T {
  if (first === undefined) throw new RangeError("no zones");
  return first;
}

/** Finds the network, which is the machines' as well: its subnets for the VMs are known by their ranges. */
function findNetwork(
  { environment }: Context,
  networkName: string,
  { settings }: ApplicationInfrastructureArgs,
  opts: Opts,
): ApplicationNetwork {
  const { id: networkId } = networking.getNetworkOutput({ name: networkName }, opts);
  const subnetIds = applicationSubnets(settings, environment.network.zones).map(
    ({ cidr }) => networking.getSubnetOutput({ networkId, cidr }, opts).id,
  );
  return { id: onceAttached(networkId, subnetIds), firstSubnetId: firstOf(subnetIds) };
}

/**
 * Makes the address that the CPI attaches to haproxy's VM; none where ports are forwarded one by one, to a VM that is
 * not there yet.
 */
function haproxyAddress({ environment, settings, variant }: Context, name: string, opts: Opts) {
  if (!variant.floatingAddresses) return undefined;
  const resource = new networking.FloatingIp(
    `${name}-haproxy`,
    // It is on no port yet, by which it could be found again.
    { pool: settings.externalNetwork, description: `${namePrefix(environment)}-haproxy` },
    opts,
  );
  return { resources: [resource], address: resource.address };
}

/** Gives the facts of where the installer's own credentials lead: the director is a user of the same project. */
function cloudFacts({ settings }: Context, opts: Opts) {
  const scope = identity.getAuthScopeOutput({ name: "director", region: settings.region }, opts);
  return scope.apply(({ serviceCatalogs, projectName, projectDomainName, region }) => {
    const endpoints = serviceCatalogs.find(({ type }) => /^identity(v3)?$/.test(type))?.endpoints ?? [];
    const open = endpoints.filter(({ interface: kind }) => kind === "public");
    const url = (open.find((one) => one.region === region) ?? open[0])?.url.replace(/\/+(v3\/*)?$/, "");
    if (!url) throw new Error("the cloud's catalogue names no public identity service");
    return {
      auth_url: `${url}/v3`,
      openstack_project: projectName,
      openstack_domain: projectDomainName,
      region: settings.region ?? region,
    };
  });
}
