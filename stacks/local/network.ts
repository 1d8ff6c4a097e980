import type * as pulumi from "@pulumi/pulumi";
import type { Network } from "../../components/infrastructure.ts";
import { networkGateway, workersCidr } from "../../config/addresses.ts";
import type { Environment } from "../../config/environment.ts";
import { LocalNetwork } from "../../provider/sdk.ts";

/** Makes a bridge network of the container engine; `local` has one zone, so one subnet. */
export function createNetwork(environment: Environment, name: string, opts: pulumi.CustomResourceOptions): Network {
  const network = new LocalNetwork(
    name,
    {
      networkName: `kpaas-${environment.name}`,
      environment: environment.name,
      cidr: environment.network.cidr,
      gateway: networkGateway(environment),
      dynamicCidr: workersCidr(environment),
    },
    opts,
  );
  return { id: network.id, subnetId: () => network.id };
}
