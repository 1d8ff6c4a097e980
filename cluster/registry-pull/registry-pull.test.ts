import { expect, test } from "vitest";
import { clusterFacts } from "../../tests/harness/environments/cluster-parts.ts";
import { registryPull } from "./index.ts";

test("a join token reads one Secret and nothing else", () => {
  const roles = registryPull.objects(clusterFacts()).filter(({ kind }) => kind === "Role");
  expect(roles.map(({ rules }) => rules)).toEqual([
    [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["kpaas-registry-pull"], verbs: ["get"] }],
  ]);
});
