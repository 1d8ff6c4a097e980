import { z } from "zod";
import { createNetwork, networkExists, removeNetwork } from "../../local/network.ts";
import { resource } from "../resource.ts";

const inputs = z.strictObject({
  networkName: z.string(),
  environment: z.string(),
  cidr: z.cidrv4(),
  setting: z.string().optional(),
  gateway: z.ipv4(),
  dynamicCidr: z.cidrv4(),
});

export const handler = resource<z.output<typeof inputs>, object>({
  inputs,
  create: async (spec) => ({ id: await createNetwork(spec), outputs: {} }),
  read: async (id) => ((await networkExists(id)) ? {} : undefined),
  delete: removeNetwork,
});
