import { expect, test } from "vitest";
import { clusterFacts } from "../../tests/harness/environments/cluster-parts.ts";
import { storage } from "./index.ts";

test.each(["/srv/shared", undefined])("there is exactly one storage class, the default one (shared: %s)", (path) => {
  const facts = clusterFacts({}, path);
  const classes = storage.objects(facts).filter(({ kind }) => kind === "StorageClass");
  expect(classes.map(({ metadata }) => metadata)).toEqual([
    {
      name: facts.environment.containerPlatform.storage.className,
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
  ]);
});

test("volumes lie in the shared directory where there is one, else on the storage machine", () => {
  expect(JSON.stringify(storage.objects(clusterFacts({}, "/srv/shared")))).toContain(
    '\\"sharedFileSystemPath\\":\\"/srv/shared\\"',
  );
  const facts = clusterFacts();
  const server = facts.machines.find(({ role }) => role === "storage")?.privateIp;
  expect(JSON.stringify(storage.objects(facts))).toContain(
    JSON.stringify({ nfs: { server, path: "/kpaas" } }).slice(1, -1),
  );
});

test.each([
  ["k-paas.org/nfs", "nfs-storage", "nfs-subdir-external-provisioner"],
  ["rancher.io/local-path", "local-path-storage", "local-path-provisioner"],
])("the check asks for the Deployment of the provisioner %s", async (provisioner, namespace, name) => {
  const answers: Record<string, unknown> = {
    "/apis/storage.k8s.io/v1/storageclasses/cp-storageclass": { provisioner },
    [`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`]: {
      spec: { replicas: 1 },
      status: { availableReplicas: 1 },
    },
  };
  const get = async <T>(path: string) => {
    if (!(path in answers)) throw new Error(`404: ${path}`);
    return answers[path] as T;
  };
  const [check] = storage.checks ?? [];
  await expect(check?.run({ get }, clusterFacts().environment)).resolves.toBe(`1 of 1 pods of ${name} are ready`);
});
