import { expect, test } from "vitest";
import { clusterFacts } from "../../tests/harness/environments/cluster-parts.ts";
import { flannel } from "./index.ts";

test("flannel has the pods' range and does not wait for kube-proxy", () => {
  const facts = clusterFacts();
  const text = JSON.stringify(flannel.objects(facts));
  expect(text).toContain(facts.environment.network.podCidr);
  expect(text).toContain("KUBERNETES_SERVICE_HOST");
});
