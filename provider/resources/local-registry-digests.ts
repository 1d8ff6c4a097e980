import { z } from "zod";
import { imageDigests } from "../../local/kubernetes-release.ts";
import { resource } from "../resource.ts";

const inputs = z.strictObject({ machineId: z.string(), hostname: z.string(), kubernetesVersions: z.array(z.string()) });

interface Outputs {
  /** Digests by references, as they were first seen: a tag may be pushed anew. */
  digests: Record<string, string>;
}

export const handler = resource<z.output<typeof inputs>, Outputs>({
  inputs,
  replaceOn: ["machineId", "hostname"],
  create: async ({ hostname, kubernetesVersions }) => ({
    id: hostname,
    outputs: { digests: await imageDigests(hostname, kubernetesVersions) },
  }),
  async update(_id, state, { hostname, kubernetesVersions }) {
    return { digests: { ...(await imageDigests(hostname, kubernetesVersions)), ...state.digests } };
  },
});
