import { loadEnvironment, requireEnvironment } from "../../operations/environments.ts";
import { up as bringUp } from "../../operations/up.ts";
import { acceptHostKeyOption, allowLossOption, commonOptions, defineCommand, jsonOption } from "../command.ts";
import { endOperation } from "../end-operation.ts";

export const up = defineCommand({
  details:
    "Looks first at what is there, so that what was removed or changed by hand is mended. It can be stopped with Ctrl-C\n" +
    "and run again at any time. The first run on a machine fetches or builds what it needs, which takes minutes.\n" +
    "Changes that a living platform cannot take are refused, all at once, before anything is done. Before the only copy of data is lost it\n" +
    "asks; without a terminal it wants --allow-loss.",
  options: {
    ...allowLossOption,
    ...acceptHostKeyOption,
    ...jsonOption,
    ...commonOptions,
  },
  maxPositionals: 1,
  async run({ positionals: [given], values: { file, json, "allow-loss": losses, "accept-host-key": hostKeys } }) {
    const name = requireEnvironment(given, "up");
    const { loaded, result } = await bringUp(await loadEnvironment(name, file), losses, hostKeys);
    return endOperation(result, json, [
      `./kpaas verify ${name}                             checks that it works`,
      `./kpaas kubeconfig ${name} --output kubeconfig     access for kubectl`,
      `./kpaas status ${name}                             its machines and addresses`,
      ...(loaded.environment.applicationPlatform
        ? [`./kpaas ssh ${name} jumphost -- journalctl -fu kpaas-bosh     what BOSH makes: it takes hours`]
        : []),
    ]);
  },
});
