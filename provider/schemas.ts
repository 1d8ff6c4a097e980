import { z } from "zod";

/** Makes the schema of a word of ssh's configuration. */
const word = (what: string) => z.string().regex(/^[A-Za-z0-9_.:][\w.:-]*$/, `must be ${what}`);

const sshHost = {
  host: word("a host name or an IP address"),
  port: z.int().min(1).max(65535).optional(),
  user: word("a user name"),
  hostId: word("an id without spaces").optional(),
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
