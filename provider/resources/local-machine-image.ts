import { z } from "zod";
import { ensureMachineImage, hasImage } from "../../local/machine-image.ts";
import { resource } from "../resource.ts";

const inputs = z.strictObject({ kubernetesVersion: z.string(), flavor: z.enum(["machine", "registry"]) });
type Inputs = z.output<typeof inputs>;

/** Handler whose deletion keeps the image: it is a cache, and the next environment needs it. */
export const handler = resource<Inputs, { reference: string }>({
  inputs,
  async create({ flavor, kubernetesVersion }, { report }) {
    return { id: flavor, outputs: { reference: await ensureMachineImage(flavor, kubernetesVersion, report) } };
  },
  read: async (_id, { reference }) => ((await hasImage(reference)) ? { reference } : undefined),
  async update(_id, _state, { flavor, kubernetesVersion }, { report }) {
    return { reference: await ensureMachineImage(flavor, kubernetesVersion, report) };
  },
});
