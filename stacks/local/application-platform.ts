import * as pulumi from "@pulumi/pulumi";
import { haproxyAddresses } from "../../bosh/cloud-config.ts";
import type { ApplicationInfrastructure } from "../../components/infrastructure.ts";
import { namePrefix } from "../../config/application-platform/names.ts";
import { applicationSubnets } from "../../config/application-platform/plan.ts";
import type { Environment } from "../../config/environment.ts";
import { type ContainerEngine, LocalNetwork } from "../../provider/sdk.ts";

type Facts = Record<string, string | string[]>;

/**
 * Makes what the Docker CPI needs: a network of the container engine for BOSH's containers, besides the engine itself.
 * There are no firewall groups: the containers reach one another, the jump host, which filters for itself, and whatever
 * this machine reaches; from outside nobody reaches them, as none of their ports is published.
 */
export function createApplicationInfrastructure(
  environment: Environment,
  engine: ContainerEngine,
  name: string,
  opts: pulumi.CustomResourceOptions,
): ApplicationInfrastructure {
  const { applicationPlatform, network } = environment;
  const [subnet] = applicationPlatform ? applicationSubnets(applicationPlatform, network.zones) : [];
  if (!applicationPlatform || !subnet) throw new Error("no application platform");
  const networkName = namePrefix(environment);
  const [gatewayAddress] = haproxyAddresses({ ...environment, applicationPlatform });
  const { id } = new LocalNetwork(
    name,
    {
      networkName,
      environment: environment.name,
      cidr: subnet.cidr,
      setting: "applicationPlatform.cidr",
      gateway: subnet.gateway,
      // The jump host's is of these; BOSH gives each container the address that it chose.
      dynamicCidr: subnet.cloudAddresses.cidr,
    },
    opts,
  );
  return {
    facts: pulumi.all([engine.host, id]).apply(([docker_host]): Facts => ({ docker_host, network: networkName })),
    credentials: pulumi.output({} as Record<string, string>),
    vmNetworkId: id,
    gatewayAddress: gatewayAddress === undefined ? undefined : pulumi.output(gatewayAddress),
  };
}
