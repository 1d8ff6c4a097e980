import { z } from "zod";
import { generateSshKey } from "../../lib/ssh-key.ts";
import { resource } from "../resource.ts";

export const handler = resource({
  inputs: z.strictObject({}),
  createBeforeDelete: true,
  secretOutputs: ["privateKeyPem"],
  async create(_inputs: object, { name, environment }) {
    return { id: name, outputs: generateSshKey(`kpaas-${environment}`) };
  },
});
