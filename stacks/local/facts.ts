import { absent } from "../../config/infrastructure/absent.ts";
import { nothingBilled } from "../../config/infrastructure/billed-parts.ts";
import type { Capabilities } from "../../config/infrastructure/capabilities.ts";
import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import { buildableKubernetesVersions } from "../../config/versions.ts";
import { cpi } from "./cpi.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: false,
  bastion: false,
  applicationGateways: ["haproxy"],
  onThisHost: true,
  zones: { values: [1], where: "local, which is one machine" },
  podNetworks: { values: ["flannel"], where: "local: images are built there, and calico's cannot be" },
  // The toolchain pins them: no image registry may be reachable.
  kubernetesVersions: {
    values: [...buildableKubernetesVersions],
    where: "local, a version that its images can be made of",
  },
};

/** Path at which every worker mounts the storage server's volume. */
export const sharedVolumePath = "/srv/kpaas-volumes";

export const facts: InfrastructureFacts = {
  settings,
  resourceTypes,
  capabilities,
  billed: nothingBilled,
  credentials: absent("this machine asks for none"),
  usualQuotas: absent("this machine's processors, memory and disk are the limit"),
  remainingQuotas: absent("this machine's processors, memory and disk are the limit"),
  prices: absent("this machine costs nothing more"),
  cpi,
  metadata: absent("nothing tells a container about itself but its own files"),
  koreanRegions: absent("this machine has no region"),
  sharedVolumePath,
};
