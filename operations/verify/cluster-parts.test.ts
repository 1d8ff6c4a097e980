import { expect, test } from "vitest";
import { clusterFacts } from "../../tests/harness/environments/cluster-parts.ts";
import { partChecks } from "./cluster-parts.ts";

test("every part's checks are made under its name, and no other's", () => {
  const names = (settings: object) => partChecks(clusterFacts(settings).environment).map(({ name }) => name);
  expect(names({})).toEqual([
    "cluster-dns: CoreDNS is available",
    "flannel: every node has its pod network",
    "flannel: every pod has an address of its node's range",
    "storage: the default storage class has its provisioner",
  ]);
  expect(names({ containerPlatform: { podNetwork: "calico", kubernetesVersion: "1.35.0" } })).toContain(
    "calico: every node has its pod network",
  );
});
