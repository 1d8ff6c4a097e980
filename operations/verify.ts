import { loadDeployed } from "./access/machines.ts";
import { readAllOutputs } from "./access/outputs.ts";
import { runTogether } from "./steps.ts";
import type { Check, Platform } from "./verify/check.ts";
import { apiAnswers, nodesReady, systemPodsRunning } from "./verify/cluster.ts";
import { partChecks } from "./verify/cluster-parts.ts";
import { databaseOffersTls } from "./verify/database.ts";
import { nodePullsImage } from "./verify/images.ts";
import { podsWork } from "./verify/pods.ts";
import { nodeWritesNoImage, registryAcceptsLogin, registryRefusesWrongPassword } from "./verify/registry.ts";

export interface CheckResult {
  name: string;
  passed: boolean;
  seconds: number;
  detail: string;
}

/** Checks of every platform; those of its parts inside the cluster come besides. */
const checks: readonly Check[] = [
  apiAnswers,
  nodesReady,
  systemPodsRunning,
  podsWork,
  registryAcceptsLogin,
  registryRefusesWrongPassword,
  nodeWritesNoImage,
  databaseOffersTls,
  nodePullsImage,
];

/** Runs every check, all at once; `onResult` hears of each as it ends. Throws UserError where the environment is not up. */
export async function runChecks(
  name: string,
  file: string | undefined,
  onResult: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const { environment } = await loadDeployed(name, file);
  const platform = { environment, outputs: await readAllOutputs(name) };
  return runTogether([...checks, ...partChecks(environment)].map(judged(onResult)), platform);
}

/** Makes a check a step that does not fail: its failure is its result. */
const judged = (onResult: (result: CheckResult) => void) => (check: Check) => ({
  name: check.name,
  run: async (platform: Platform) => {
    const result = await runCheck(check, platform);
    onResult(result);
    return result;
  },
});

async function runCheck({ name, run }: Check, platform: Platform): Promise<CheckResult> {
  const began = performance.now();
  const end = (passed: boolean, detail: string) => ({
    name,
    passed,
    seconds: (performance.now() - began) / 1000,
    detail,
  });
  try {
    return end(true, await run(platform));
  } catch (error) {
    return end(false, error instanceof Error ? error.message : String(error));
  }
}
