import { images } from "../../config/images.ts";
import { planMachines } from "../../config/machines.ts";
import { isNode } from "../../config/roles/index.ts";
import { connect } from "../../provider/connect.ts";
import { connectionIn } from "../access/machines.ts";
import type { Check } from "./check.ts";

/** Seconds within which a small image comes, or every registry has been asked. */
const pullSeconds = 90;

/**
 * Pulls an image by containerd, from the registries that it is told of, in a namespace of its own so that no pod's image goes; then
 * tells which registry has it, or what each said.
 */
export const pullScript = `
failed=$(ctr -n kpaas-verify images pull --hosts-dir /etc/containerd/certs.d "$1" 2>&1 >/dev/null) && pulled=yes || pulled=no
ctr -n kpaas-verify images rm --sync "$1" >/dev/null 2>&1
/usr/local/lib/kpaas/ask-for-image "$1"
[ $pulled = yes ] || { echo "$failed" | sed -n 's/^ctr: //p'; exit 1; }`;

export const nodePullsImage: Check = {
  name: "a node pulls an image",
  run: async ({ environment, outputs }) => {
    // The one that came last: what is wrong is most often wrong with it.
    const machine = planMachines(environment)
      .filter(({ role }) => isNode(role))
      .at(-1);
    if (!machine) throw new Error("there is no node");
    const transport = await connect(connectionIn(outputs, environment, machine));
    const { exitCode, stdout, stderr } = await transport.exec(["sh", "-c", pullScript, "sh", images.busybox], {
      signal: AbortSignal.timeout(pullSeconds * 1000),
    });
    const said = `${machine.name}: ${stdout.trim().replaceAll("\n", "; containerd: ") || stderr.trim()}`;
    if (exitCode !== 0) throw new Error(said);
    return said;
  },
};
