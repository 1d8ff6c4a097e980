import { partsOf } from "../../cluster/index.ts";
import type { Environment } from "../../config/environment.ts";
import { eventually } from "../../lib/eventually.ts";
import { clusterReader } from "../access/kubernetes-api.ts";
import type { Check } from "./check.ts";
import { settleSeconds, withApi } from "./cluster.ts";

/** Gives the checks of every cluster part that the environment has. */
export function partChecks(environment: Environment): Check[] {
  return partsOf(environment).flatMap(({ name: part, checks = [] }) =>
    checks.map(
      ({ name, run }): Check => ({
        name: `${part}: ${name}`,
        run: ({ environment, outputs }) =>
          withApi(outputs.kubeconfig, (api) => eventually(settleSeconds, () => run(clusterReader(api), environment))),
      }),
    ),
  );
}
