import { note } from "../../lib/terminal.ts";
import { withObtainableApplications } from "../../operations/application-sources.ts";
import { refuseLeavingVms } from "../../operations/destroy/bosh-deletion.ts";
import { operate, reportOperation } from "../../operations/engine/operation.ts";
import { readStackState } from "../../operations/engine/state.ts";
import { loadEnvironment, requireDeployable, requireEnvironment } from "../../operations/environments.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";

export const up = defineCommand({
  details:
    "Looks first at what is there, so that what was removed or changed by hand is mended. It can be stopped with Ctrl-C\n" +
    "and run again at any time. The first run on a machine fetches or builds what it needs, which takes minutes.",
  options: { ...jsonOption, ...commonOptions },
  maxPositionals: 1,
  async run({ positionals: [given], values: { file, json } }) {
    const name = requireEnvironment(given, "up");
    const asked = await loadEnvironment(name, file);
    await requireDeployable(asked);
    refuseLeavingVms(asked.environment, readStackState(name));
    const loaded = await withObtainableApplications(asked);
    note(`bringing ${name} up`);
    const next = [
      `./kpaas verify ${name}                             checks that it works`,
      `./kpaas kubeconfig ${name} --output kubeconfig     access for kubectl`,
      `./kpaas status ${name}                             its machines and addresses`,
      ...(loaded.environment.applicationPlatform
        ? [`./kpaas ssh ${name} jumphost -- journalctl -fu kpaas-bosh     what BOSH makes: it takes hours`]
        : []),
    ];
    return reportOperation(await operate(loaded, "up"), json, next);
  },
});
