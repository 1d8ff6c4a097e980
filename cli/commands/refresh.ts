import { withObtainableApplications } from "../../operations/application-sources.ts";
import { operate, reportOperation } from "../../operations/engine/operation.ts";
import { environmentOrDefault, loadEnvironment } from "../../operations/environments.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";

export const refresh = defineCommand({
  options: { ...jsonOption, ...commonOptions },
  maxPositionals: 1,
  async run({ positionals: [given], values: { file, json } }) {
    const loaded = await withObtainableApplications(await loadEnvironment(environmentOrDefault(given), file));
    return reportOperation(await operate(loaded, "refresh"), json, [`./kpaas preview ${loaded.name}`]);
  },
});
