import { withObtainableApplications } from "../application-sources.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";
import { environmentOrDefault, loadEnvironment } from "../environments.ts";
import { operate, reportOperation } from "../operation.ts";

export const refresh = defineCommand({
  options: { ...jsonOption, ...commonOptions },
  maxPositionals: 1,
  async run({ positionals: [given], values: { file, json } }) {
    const loaded = await withObtainableApplications(await loadEnvironment(environmentOrDefault(given), file));
    return reportOperation(await operate(loaded, "refresh"), json, [`./kpaas preview ${loaded.name}`]);
  },
});
