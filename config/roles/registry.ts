import { z } from "zod";
import { imageMirrors, imageUpstreams } from "../image-mirrors.ts";
import { dataDiskGiB, generation, size } from "../machine-fields.ts";
import { commonPackages } from "./packages.ts";
import type { SupportRoleFacts } from "./role.ts";

/** The private image registry. */
export const registry = {
  platform: "container",
  settings: z
    .strictObject({
      size: size(2, 4, 20),
      dataDiskGiB: dataDiskGiB(100),
      generation,
      mirrorUpstream: z
        .boolean()
        .default(true)
        .describe(
          "Nodes ask the platform's registry first for images of registry.k8s.io, docker.io, ghcr.io and quay.io.",
        ),
      mirrors: imageMirrors,
      upstream: z
        .enum(["allowed", "never"])
        .default("allowed")
        .describe(
          "Whether nodes ask these upstream registries themselves for what no registry of the site has. never: where nothing leaves the site.",
        ),
      fill: z
        .enum(["installer", "byHand"])
        .optional()
        .describe(
          "Who puts upstream's images into the platform's registry. installer: `up`, from where this machine has them, a mirror or " +
            "upstream. byHand: `./kpaas registry push`. Default: installer for images that no other registry has which nodes may ask, " +
            "where the registry's machine does not come with them.",
        ),
      upstreams: imageUpstreams,
    })
    .prefault({})
    .describe("Private image registry."),
  tier: "platform",
  block: { offset: 16, size: 4 },
  component: "kpaas:index:PrivateRegistry",
  keepsState: true,
  dataPath: "/var/lib/docker-registry",
  packages: [...commonPackages, "docker-registry", "apache2-utils"],
  units: ["docker-registry", "kpaas-registry-push"],
  certificates: { registry: "/etc/docker/registry/tls.crt" },
  leastInOperation: { vcpus: 2, memoryGiB: 4, dataDiskGiB: 100 },
  outage: { severity: "medium", loss: "the platform's own images cannot be pulled" },
  colour: { light: "#0b7285", dark: "#4fc3d9" },
  healthCheck: { request: { path: "/v2/", status: 401 }, interval: "2s" },
} as const satisfies SupportRoleFacts;
