import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";
import { resource } from "../resource.ts";

export const handler = resource({
  inputs: z.strictObject({}),
  createBeforeDelete: true,
  secretOutputs: ["privateKeyPem"],
  async create(_inputs: object, { name }) {
    const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    return { id: name, outputs: { privateKeyPem: privateKey, publicKeyPem: publicKey } };
  },
});
