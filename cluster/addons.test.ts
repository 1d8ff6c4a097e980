import "../stacks/infrastructures.ts";
import { expect, test } from "vitest";
import type { PlatformFacts } from "../components/first-boot/facts.ts";
import { images } from "../config/images.ts";
import { planMachines } from "../config/machines.ts";
import { parseEnvironment } from "../config/parse.ts";
import { addonFiles, addons } from "./index.ts";
import type { KubernetesObject } from "./objects.ts";

function facts(sharedVolumePath: string | undefined, podNetwork: "flannel" | "calico" = "flannel"): PlatformFacts {
  const environment = parseEnvironment("test", { infrastructure: { kind: "local" } });
  environment.containerPlatform.podNetwork = podNetwork;
  const machines = planMachines(environment);
  return { environment, machines, platformCaPem: "ca", kubernetesCaPin: "sha256:00", sharedVolumePath };
}

const all = (platform: PlatformFacts) => Object.values(addons(platform)).flat();
const kind = (objects: KubernetesObject[], wanted: string) => objects.filter((object) => object.kind === wanted);

test.each(["/srv/shared", undefined])("there is exactly one storage class, the default one (shared: %s)", (path) => {
  const platform = facts(path);
  const classes = kind(all(platform), "StorageClass").map(({ metadata }) => metadata);
  expect(classes).toEqual([
    {
      name: platform.environment.containerPlatform.storage.className,
      annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
    },
  ]);
});

test("volumes lie in the shared directory where there is one, else on the storage machine", () => {
  expect(JSON.stringify(all(facts("/srv/shared")))).toContain('\\"sharedFileSystemPath\\":\\"/srv/shared\\"');
  const platform = facts(undefined);
  const server = platform.machines.find(({ role }) => role === "storage")?.privateIp;
  expect(JSON.stringify(all(platform))).toContain(JSON.stringify({ nfs: { server, path: "/kpaas" } }).slice(1, -1));
});

test("every object is its kind's only one of its name", () => {
  const names = all(facts("/srv/shared")).map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`);
  expect(new Set(names).size).toBe(names.length);
});

test("every namespaced object's namespace is there or comes with its addon", () => {
  for (const [addon, objects] of Object.entries(addons(facts(undefined)))) {
    const known = ["kube-system", ...kind(objects, "Namespace").map(({ metadata }) => metadata.name)];
    for (const { metadata } of objects)
      if (metadata.namespace) expect(known, `${addon} ${metadata.name}`).toContain(metadata.namespace);
  }
});

test("a join token reads one Secret and nothing else", () => {
  const objects = addons(facts(undefined))["registry-pull"] ?? [];
  expect(kind(objects, "Role").map(({ rules }) => rules)).toEqual([
    [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["kpaas-registry-pull"], verbs: ["get"] }],
  ]);
});

test("flannel has the pods' range and does not wait for kube-proxy; Calico comes as its own manifest", () => {
  const platform = facts(undefined);
  const flannel = JSON.stringify(addons(platform).flannel);
  expect(flannel).toContain(platform.environment.network.podCidr);
  expect(flannel).toContain("KUBERNETES_SERVICE_HOST");
  expect(addons(facts(undefined, "calico"))).not.toHaveProperty("flannel");
});

test("pods know the platform's own names", () => {
  const dns = JSON.stringify(addons(facts(undefined))["cluster-dns"]);
  for (const service of ["api", "registry", "database"]) expect(dns).toContain(`${service}.test.kpaas.internal`);
});

test("every image is pinned and known to the image list", () => {
  const text = addonFiles(facts("/srv/shared"))
    .map(({ content }) => content)
    .join("\n");
  const used = [...text.matchAll(/image: (\S+)/g)].map(([, image]) => image);
  expect(used.length).toBeGreaterThan(2);
  for (const image of used) expect(Object.values(images)).toContain(image);
});
