import { z } from "zod";
import { noteLife } from "../living-platform.ts";
import { resource } from "../resource.ts";
import { publicKeyPin, selfSignedAuthority } from "../x509.ts";

const inputs = z.strictObject({ commonName: z.string().min(1), validityDays: z.int().min(1).optional() });

export const handler = resource({
  inputs,
  createBeforeDelete: true,
  check(state) {
    if (state) noteLife();
    return [];
  },
  secretOutputs: ["keyPem"],
  async create({ commonName, validityDays = 3650 }: z.output<typeof inputs>, { name }) {
    const authority = await selfSignedAuthority(commonName, validityDays);
    return { id: name, outputs: { ...authority, publicKeyPin: publicKeyPin(authority.certPem) } };
  },
});
