import { z } from "zod";

/** Makes the schema of a word of ssh's configuration. */
const word = (what: string) => z.string().regex(/^[A-Za-z0-9_.:][\w.:-]*$/, `must be ${what}`);

const publicKey = z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/]{68}( [\w.-]+)?$/, "must be a public key of Ed25519");

const sshHost = {
  host: word("a host name or an IP address"),
  port: z.int().min(1).max(65535).optional(),
  user: word("a user name"),
  hostId: word("an id without spaces").optional(),
  hostKey: publicKey.optional(),
  firstHostKey: publicKey.optional(),
};

/** Schema of `Connection` in sdk.ts. */
export const connectionSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("container"), container: z.string() }),
  z.strictObject({
    kind: z.literal("ssh"),
    ...sshHost,
    privateKeyPem: z.string(),
    bastion: z.strictObject(sshHost).optional(),
  }),
]);
