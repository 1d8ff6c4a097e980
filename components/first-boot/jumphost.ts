import type { MachinePlan } from "../../config/machines.ts";
import { dataPathOf, type RoleBoot } from "./facts.ts";
import { scriptFile } from "./scripts.ts";
import { unitFile } from "./units.ts";

/** Runs `bosh` in the background: making a platform takes hours, and first boot ends when it has begun. */
export function jumphostBoot(machine: MachinePlan): RoleBoot {
  const path = dataPathOf(machine);
  return {
    scripts: ["jumphost.sh"],
    variables: {},
    files: [
      scriptFile("/usr/local/bin/kpaas-bosh", ["bosh.sh"]),
      unitFile("kpaas-bosh.service", {
        Unit: {
          Description: "Director and application platform, made by BOSH",
          Wants: "network-online.target",
          After: "network-online.target",
          RequiresMountsFor: path,
          // What fails five times within a day wants a person; the next delivery begins anew.
          StartLimitIntervalSec: "86400",
          StartLimitBurst: "5",
        },
        Service: {
          Type: "oneshot",
          ExecStart: "/usr/local/bin/kpaas-bosh deploy",
          Restart: "on-failure",
          RestartSec: "60",
          TimeoutStartSec: "infinity",
        },
      }),
    ],
  };
}
