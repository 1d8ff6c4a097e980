import { alike, because, machine, type ResourceTypes } from "../../config/infrastructure/resource-types.ts";

const developers = "it is for development: it is the container engine's on this machine, and as safe as its disk";

export const resourceTypes: ResourceTypes = {
  "kpaas:local:Machine": {
    ...machine({
      publicAddress: ({ publicPorts }) => ([publicPorts ?? []].flat().length > 0 ? ["publicPorts"] : []),
      encryption: because(developers),
      tags: because("its labels are the container engine's, which kpaas' provider sets"),
      metadataToken: because("a container has no metadata service"),
    }),
  },
  ...alike(developers, [
    "kpaas:local:ContainerEngine",
    "kpaas:local:MachineImage",
    "kpaas:local:Network",
    "kpaas:local:Volume",
    "kpaas:local:PublishedPorts",
    "kpaas:local:RegistryDigests",
  ]),
};
