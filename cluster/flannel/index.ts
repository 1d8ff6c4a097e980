import { gatewayAddress } from "../../config/addresses.ts";
import { images, pinnedReference } from "../../config/images.ts";
import { gatewayPorts } from "../../config/ports.ts";
import type { ClusterPart } from "../part.ts";
import { daemonSetReady } from "../workload.ts";
import { flannelObjects, name, namespace, vxlanPort } from "./objects.ts";
import { podsInTheirRanges } from "./ranges.ts";

export const flannel: ClusterPart = {
  name: "flannel",
  example: { containerPlatform: { podNetwork: "flannel" } },
  isIn: ({ containerPlatform }) => containerPlatform.podNetwork === "flannel",
  images: () => [images.flannel],
  pulledAtFirstBoot: true,
  ports: () => [
    { role: "master", protocol: "udp", port: vxlanPort },
    { role: "worker", protocol: "udp", port: vxlanPort },
  ],
  objects: ({ environment, imageDigests }) =>
    flannelObjects({
      image: pinnedReference(images.flannel, imageDigests),
      podCidr: environment.network.podCidr,
      api: { host: gatewayAddress(environment), port: gatewayPorts.api },
    }),
  checks: [
    { name: "every node has its pod network", run: (cluster) => daemonSetReady(cluster, namespace, name) },
    { name: "every pod has an address of its node's range", run: podsInTheirRanges },
  ],
};
