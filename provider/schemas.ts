import { z } from "zod";

/** Of `Connection` in sdk.ts. */
export const connectionSchema = z.strictObject({ kind: z.literal("container"), container: z.string() });
