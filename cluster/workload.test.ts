import { expect, test } from "vitest";
import { daemonSetReady, deploymentAvailable } from "./workload.ts";

const answering = (answer: unknown, warnings: unknown[] = []) => ({
  get: async <T>(path: string) => (path.includes("/events?") ? { items: warnings } : answer) as T,
});

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

test("a pod that does not come up is named with the cluster's last warning of it", async () => {
  const warning = (name: string, message: string, lastTimestamp: string) => ({
    involvedObject: { name },
    reason: "FailedMount",
    message,
    lastTimestamp,
  });
  const warnings = [
    warning("web-1", "mount failed: exit status 32\nOutput: mount.nfs: No such device", "2026-11-30T17:00:00Z"),
    warning("web-1", "not yet scheduled", "2026-11-30T16:00:00Z"),
    warning("other-1", "of another", "2026-11-30T18:00:00Z"),
  ];
  const none = { spec: { replicas: 1 }, status: {} };
  await expect(deploymentAvailable(answering(none, warnings), "a", "web")).rejects.toThrow(
    "0 of 1 pods of web are ready; web-1: FailedMount: mount failed: exit status 32 Output: mount.nfs: No such device",
  );
  const silent = { get: async <T>(path: string) => (path.includes("/events?") ? Promise.reject() : (none as T)) };
  await expect(deploymentAvailable(silent, "a", "web")).rejects.toThrow(/are ready$/);
});
