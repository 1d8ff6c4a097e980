import { z } from "zod";
import { resource } from "../resource.ts";
import { generateSshKey } from "../ssh-key.ts";

export const handler = resource({
  inputs: z.strictObject({}),
  createBeforeDelete: true,
  secretOutputs: ["privateKeyPem"],
  async create(_inputs: object, { name, environment }) {
    return { id: name, outputs: await generateSshKey(`kpaas-${environment}`) };
  },
});
