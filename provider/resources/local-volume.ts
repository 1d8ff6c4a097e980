import { z } from "zod";
import { createVolume, removeVolume, volumeExists } from "../../local/volume.ts";
import { resource } from "../resource.ts";

const inputs = z.strictObject({ volumeName: z.string(), environment: z.string() });

export const handler = resource<z.output<typeof inputs>, object>({
  inputs,
  async create({ volumeName, environment }) {
    await createVolume(volumeName, environment);
    return { id: volumeName, outputs: {} };
  },
  read: async (id) => ((await volumeExists(id)) ? {} : undefined),
  delete: removeVolume,
});
