import { expect, test } from "vitest";
import { clusterFacts } from "../../tests/harness/environments/cluster-parts.ts";
import { clusterDns } from "./index.ts";

test("pods know the platform's own names", () => {
  const text = JSON.stringify(clusterDns.objects(clusterFacts()));
  for (const service of ["api", "registry", "database"]) expect(text).toContain(`${service}.test.kpaas.internal`);
});
