import { expect, test } from "vitest";
import { imageReference, images } from "../config/images.ts";
import { clusterFacts, examplesOf, usedImages } from "../tests/harness/environments/cluster-parts.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { imageNames } from "../toolchain/oci-images.ts";
import { calico } from "./calico/index.ts";
import { environmentImages } from "./images.ts";
import { clusterParts, partsOf } from "./index.ts";

test.each(clusterParts)("the list of an environment with $name has every image that its parts run", (part) => {
  for (const facts of examplesOf(part)) {
    const { parts } = environmentImages(facts);
    expect(parts).toEqual(expect.arrayContaining(part.images(facts)));
    const used = partsOf(facts.environment).flatMap(({ objects }) => usedImages(objects(facts)));
    expect(parts).toEqual(expect.arrayContaining(used));
  }
});

test("a node pulls flannel's image during first boot, and leaves Calico's to its manifest", () => {
  expect(environmentImages(clusterFacts()).node).toEqual([
    images.pause,
    "registry.k8s.io/kube-proxy:v1.36.3",
    images.flannel,
  ]);
  expect(environmentImages(clusterFacts(calico.example)).node).toEqual([
    images.pause,
    "registry.k8s.io/kube-proxy:v1.35.0",
  ]);
});

test("the control plane's images follow the environment's Kubernetes version", () => {
  const { controlPlane } = environmentImages(clusterFacts({ containerPlatform: { kubernetesVersion: "1.35.2" } }));
  const programs = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
  expect(controlPlane).toEqual([
    images.pause,
    images.etcd,
    ...programs.map((program) => `registry.k8s.io/${program}:v1.35.2`),
  ]);
});

test("all images of the default environment on `local` can be made without an image registry", () => {
  const environment = exampleEnvironment();
  const needed = environmentImages({ ...clusterFacts({}, "/srv/shared"), environment });
  const made = imageNames(environment.containerPlatform.kubernetesVersion).map(imageReference);
  for (const image of Object.values(needed).flat()) expect(made).toContain(image);
});
