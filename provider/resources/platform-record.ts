import { z } from "zod";
import { refusedChanges, withoutFirstHostKey } from "../../config/on-record.ts";
import { podSecurityLevels } from "../../config/pod-security.ts";
import { noteRecord } from "../living-platform.ts";
import { resource } from "../resource.ts";

const inputs = z.strictObject({
  kept: z.record(z.string(), z.string()),
  kubernetesVersion: z.string(),
  podSecurity: z.enum(podSecurityLevels).optional(),
  poolVersions: z.record(z.string(), z.string()).optional(),
  machines: z.record(z.string(), z.array(z.string())),
  dataDisksGiB: z.record(z.string(), z.number()),
  poolGenerations: z.record(z.string(), z.number()).optional(),
  withoutFirstHostKey: z.record(z.string(), z.number()).optional(),
});
type Inputs = z.output<typeof inputs>;

/** Handler that refuses what a living platform cannot take, before anything else of the run begins. */
export const handler = resource<Inputs, object>({
  inputs,
  check(state, wanted) {
    noteRecord(state, wanted);
    return state ? refusedChanges(state, wanted).map(({ path, reason }) => ({ path: path.split("."), reason })) : [];
  },
  ownInputs: (state, wanted) => ({ withoutFirstHostKey: withoutFirstHostKey(state, wanted) }),
  create: async () => ({ id: "platform", outputs: {} }),
  update: async () => ({}),
});
