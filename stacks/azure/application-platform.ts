import { createHash } from "node:crypto";
import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import * as pulumi from "@pulumi/pulumi";
import type { ApplicationInfrastructure, ApplicationInfrastructureArgs } from "../../components/infrastructure.ts";
import { namePrefix } from "../../config/application-platform/names.ts";
import { createApplicationFirewall } from "./application-firewall.ts";
import type { Context } from "./context.ts";
import { createDirectorIdentity } from "./director-identity.ts";
import { publicAddress, type RoutedNetwork } from "./network.ts";
import { placed, tagsOf } from "./provider.ts";

type Opts = pulumi.CustomResourceOptions;

/**
 * Makes what the Azure CPI needs: https://bosh.io/docs/azure-cpi/. BOSH has a resource group of its own, so that it has
 * no say over anything of the other one but the VMs' subnets; what it left there goes with the group.
 */
export function createApplicationInfrastructure(
  platformContext: Context,
  name: string,
  args: ApplicationInfrastructureArgs,
  opts: Opts,
): ApplicationInfrastructure {
  const { environment, settings, resourceGroupName: networkGroup } = platformContext;
  const network = args.network as RoutedNetwork;
  const { id: groupId, name: resourceGroupName } = new ResourceGroup(
    `${name}-resource-group`,
    {
      resourceGroupName: namePrefix(environment),
      location: settings.region,
      tags: tagsOf(environment.name, `${name}-resource-group`),
    },
    opts,
  );
  const context = { ...platformContext, resourceGroupName };
  const { subscriptionId } = getClientConfigOutput({ ...opts });
  const firewall = createApplicationFirewall(context, name, args, opts);
  const storage = createStemcellStorage(context, `${name}-stemcells`, subscriptionId, opts);
  // The CPI attaches it to haproxy's VM, in the first zone.
  const address = publicAddress(context, `${name}-haproxy`, 0, opts);
  const gatewayAddress = pulumi.all([address.ipAddress, address.id]).apply(([known]) => known ?? "");
  const scope = { subscriptionId, groupId, networkGroup, subnetIds: network.applicationSubnets.map(({ id }) => id) };
  const identity = createDirectorIdentity(context, name, scope, opts);
  const ready = pulumi.all([...firewall, storage].map(({ id }) => id));
  const facts = pulumi
    .all([subscriptionId, resourceGroupName, networkGroup, network.name, identity.name, gatewayAddress, ready])
    .apply(
      ([
        subscription_id,
        resource_group_name,
        network_resource_group_name,
        vnet_name,
        identityName,
        haproxy_public_ip,
      ]): Record<string, string | string[]> => ({
        subscription_id,
        resource_group_name,
        network_resource_group_name,
        vnet_name,
        "azure-managed-identity": identityName,
        haproxy_public_ip,
        ...Object.fromEntries(network.applicationSubnets.map(({ name }, zone) => [`subnet_name_z${zone + 1}`, name])),
      }),
    );
  return {
    facts,
    credentials: pulumi.output<Record<string, string>>({}),
    instanceIdentity: identity.id,
    gatewayAddress,
  };
}

/** Azure's limit of the length of a storage account's name, which is unique in the world and has letters and digits only. */
const longestName = 24;

/**
 * Makes the storage account in which the CPI puts stemcells before it makes images of them. The CPI knows its own by
 * the tags, and makes one where it finds none, which takes rights over the whole subscription.
 */
function createStemcellStorage(context: Context, name: string, subscriptionId: pulumi.Output<string>, opts: Opts) {
  const { tags, ...place } = placed(context, name);
  const accountName = subscriptionId.apply((subscription) => {
    const digest = createHash("sha256").update(`${subscription}/${context.environment.name}`).digest("hex");
    return `kpaas${digest}`.slice(0, longestName);
  });
  return new StorageAccount(
    name,
    {
      accountName,
      ...place,
      tags: { ...tags, "user-agent": "bosh", type: "stemcell" },
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      allowBlobPublicAccess: false,
      enableHttpsTrafficOnly: true,
      minimumTlsVersion: "TLS1_2",
    },
    opts,
  );
}
