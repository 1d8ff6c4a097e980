import { environmentOrDefault, loadEnvironment } from "../../operations/environments.ts";
import { refresh as refreshState } from "../../operations/refresh.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";
import { endOperation } from "../end-operation.ts";

export const refresh = defineCommand({
  options: { ...jsonOption, ...commonOptions },
  maxPositionals: 1,
  async run({ positionals: [given], values: { file, json } }) {
    const { loaded, result } = await refreshState(await loadEnvironment(environmentOrDefault(given), file));
    return endOperation(result, json, [`./kpaas preview ${loaded.name}`]);
  },
});
