import { z } from "zod";
import { tarOf } from "../lib/tar.ts";

/** Files that a machine is delivered: all of them, each time. */
export const filesSchema = z.array(
  z.strictObject({
    path: z.string().regex(/^(\/[\w@-][\w.@-]*)+$/, "must be an absolute path without dots at a name's start"),
    content: z.string(),
    permissions: z
      .string()
      .regex(/^0[0-7]{3}$/)
      .optional(),
  }),
);

export type DeliveredFiles = z.output<typeof filesSchema>;

/** Packs files, to be unpacked below a machine's root. */
export function archiveOf(files: DeliveredFiles): Promise<Buffer> {
  const entries = files.map(({ path, content, permissions = "0644" }) => [
    path.slice(1),
    { content, mode: Number.parseInt(permissions, 8) },
  ]);
  return tarOf(Object.fromEntries(entries));
}
