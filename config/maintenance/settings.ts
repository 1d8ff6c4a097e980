import { z } from "zod";
import { must } from "../problems.ts";
import { readWindow } from "./window.ts";

/** Whether and when a machine restarts after its packages have changed. */
export type RebootSetting = "if-needed" | "never";

/** How machines' packages are maintained. */
export interface MaintenanceSettings {
  /** The only time in which `./kpaas maintain` begins with a machine; absent: any. */
  window?: string;
  reboot: RebootSetting;
}

export const defaultReboot: RebootSetting = "if-needed";

const window = z
  .string()
  .superRefine((text, context) => {
    const read = readWindow(text);
    if ("broken" in read) context.addIssue({ code: "custom", message: must(read.broken)({ input: text }) });
  })
  .optional()
  .describe(
    "When ./kpaas maintain may begin with a machine: days (daily, or some of Sun,Mon,Tue,Wed,Thu,Fri,Sat), times, and an IANA time " +
      "zone (Asia/Seoul where none is named), as in Sun 02:00-05:00 Asia/Seoul. Without it, at any time.",
  );

export const maintenance = z
  .strictObject({
    window,
    reboot: z
      .enum(["if-needed", "never"])
      .default(defaultReboot)
      .describe(
        "Whether a machine restarts where its upgraded packages ask for it. With never, status tells which ask.",
      ),
  })
  .optional()
  .describe(
    "Security updates of the machines' packages, which ./kpaas maintain brings in turn. Where it is set, the distribution's own " +
      "unattended upgrades are off.",
  );
