import type { Environment } from "../../config/environment.ts";
import { poolsBehind } from "../../config/pool-version.ts";
import { loadTransforms } from "../../config/transforms.ts";
import { note, print, printJson } from "../../lib/terminal.ts";
import { type LoadedEnvironment, loadEnvironment, requireEnvironment } from "../../operations/environments.ts";
import { shownPath } from "../../operations/stacks-folder.ts";
import { up as bringUp } from "../../operations/up.ts";
import { type Upgrade, upgradeOf, writeUpgrade } from "../../operations/upgrade.ts";
import type { Difference } from "../../plan/difference.ts";
import { allowLossOption, commonOptions, defineCommand, jsonOption } from "../command.ts";
import { endOperation } from "../end-operation.ts";

export const upgrade = defineCommand({
  details:
    "Writes the version and the raised generations into the environment's file, where all else stays as it is, and runs up: masters first,\n" +
    "one at a time, then workers as their pools' rollout says. Where it stops, ./kpaas up goes on. No version is skipped or gone back to.\n" +
    "--pause-after masters writes the workers' present version into their pools, where it holds for every up; the same command without it\n" +
    "takes these lines out again and goes on.",
  options: {
    to: { type: "string", placeholder: "VERSION", description: "Kubernetes version, such as 1.36.3" },
    "pause-after": {
      type: "string",
      placeholder: "PART",
      description: "masters: upgrade these only; workers wait at their present version",
    },
    images: {
      type: "boolean",
      description: "make every machine anew of the present image: raises the generation of each role and pool",
    },
    plan: { type: "boolean", description: "show what would happen, as plan --against does; change nothing" },
    ...allowLossOption,
    ...jsonOption,
    ...commonOptions,
  },
  maxPositionals: 1,
  async run({ positionals: [given], values }) {
    const { to, images, plan, json, file, "allow-loss": losses, "pause-after": pauseAfter } = values;
    const name = requireEnvironment(given, "upgrade");
    const planned = await upgradeOf(await loadEnvironment(name, file), { to, images, pauseAfter });
    if (plan) {
      const difference = await differenceBy(planned);
      if (json) await printJson(difference);
      else await print((await import("../../report/text/plan-difference.ts")).differenceText(difference));
      return 0;
    }
    const allowed = await writeUpgrade(planned, losses);
    note(`wrote ${shownPath(planned.after.path)}`);
    const { result } = await bringUp(planned.after, allowed);
    return endOperation(result, json, [
      `./kpaas verify ${name}     checks that it works`,
      ...goingOn(planned.after.environment).map((command) => `${command}     upgrades the workers, which wait`),
    ]);
  },
});

/** Gives the command that brings pools on that wait behind the control plane; none where none does. */
function goingOn({ name, containerPlatform }: Environment): string[] {
  const isBehind = Object.keys(poolsBehind(containerPlatform)).length > 0;
  return isBehind ? [`./kpaas upgrade ${name} --to ${containerPlatform.kubernetesVersion}`] : [];
}

async function differenceBy({ before, after }: Upgrade): Promise<Difference> {
  const [{ planOf }, { shippedPriceTable }, { differenceOf }, { editOf }] = await Promise.all([
    import("../../plan/plan.ts"),
    import("../../plan/price-table.ts"),
    import("../../plan/difference.ts"),
    import("../../plan/edit.ts"),
  ]);
  const transforms = await loadTransforms(before.path);
  const plan = ({ environment }: LoadedEnvironment) =>
    planOf(environment, shippedPriceTable(environment.infrastructure.kind), transforms);
  return differenceOf(plan(before), plan(after), editOf(before.environment, after.environment));
}
