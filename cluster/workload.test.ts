import { expect, test } from "vitest";
import { daemonSetReady, deploymentAvailable } from "./workload.ts";

const answering = (answer: unknown) => ({ get: async <T>() => answer as T });

test.each([
  [{ spec: { replicas: 2 }, status: { availableReplicas: 2 } }, "2 of 2 pods of web are ready"],
  [{ spec: { replicas: 0 }, status: {} }, undefined],
  [{ spec: { replicas: 2 }, status: { availableReplicas: 1 } }, undefined],
  [{ spec: { replicas: 1 }, status: {} }, undefined],
])("a Deployment of %j", async (deployment, found) => {
  const asked = deploymentAvailable(answering(deployment), "a", "web");
  if (found) await expect(asked).resolves.toBe(found);
  else await expect(asked).rejects.toThrow(/^[01] of [012] pods of web are ready$/);
});

test.each([
  [{ desiredNumberScheduled: 3, numberReady: 3 }, true],
  [{ desiredNumberScheduled: 3, numberReady: 2 }, false],
  [{ desiredNumberScheduled: 0, numberReady: 0 }, false],
])("a DaemonSet of %j", async (status, isReady) => {
  const asked = daemonSetReady(answering({ status }), "a", "agent");
  if (isReady) await expect(asked).resolves.toBe("3 of 3 pods of agent are ready");
  else await expect(asked).rejects.toThrow("pods of agent are ready");
});
