import { z } from "zod";
import { kind } from "../../config/infrastructure/fields.ts";

export const settings = z
  .strictObject({ kind: kind("local") })
  .describe("This machine: system containers on a Docker or Podman engine.");
