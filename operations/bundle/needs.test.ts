import { expect, test } from "vitest";
import { imageReference } from "../../config/images.ts";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { example } from "../../tests/harness/environments/shipped-examples.ts";
import { needsOf } from "./needs.ts";

const imagesOf = (needs: ReturnType<typeof needsOf>) =>
  new Map(needs.images.map((image) => [imageReference(image), image.madeHere]));

test("an environment on this machine needs images that are made here, machines' images, and no plugin", () => {
  const needs = needsOf([exampleEnvironment()]);
  expect(needs).toMatchObject({ onThisHost: true, npmPackages: [], pluginPackages: [] });
  expect(imagesOf(needs).get("docker.io/library/busybox:1")).toBe(true);
  expect([...imagesOf(needs).values()].every(Boolean)).toBe(true);
  expect(needs.machinePackages).toEqual(expect.arrayContaining(["containerd", "docker-registry", "haproxy"]));
});

test("a cloud's environment needs its SDK with the plugin, and upstream's images also where another one is on this machine", () => {
  const needs = needsOf([exampleEnvironment(), example("aws-dev"), example("openstack-dev")]);
  expect(needs).toMatchObject({
    onThisHost: true,
    npmPackages: ["@pulumi/aws"],
    pluginPackages: ["@pulumi/aws", "@pulumi/openstack"],
  });
  expect(imagesOf(needs).get("docker.io/library/busybox:1")).toBe(false);
});

test("machines' packages are all that any machine installs, with what serves them on a cloud", () => {
  expect(needsOf([exampleEnvironment()]).machinePackages).not.toContain("nginx");
  const cloud = needsOf([example("openstack-operation")]).machinePackages;
  expect(cloud).toEqual(expect.arrayContaining(["containerd", "keepalived", "nfs-common", "nginx"]));
});

test("pools that wait behind the control plane need their own version", () => {
  const containerPlatform = {
    kubernetesVersion: "1.36.3",
    workerPools: [{ name: "worker", kubernetesVersion: "1.36.1" }],
  };
  expect(needsOf([exampleEnvironment({ containerPlatform })]).kubernetesVersions).toEqual(["1.36.1", "1.36.3"]);
});

test("an environment whose provider is fetched by its plugin is refused by name", () => {
  expect(() => needsOf([example("naver-dev")])).toThrow(/no bundle can hold naver-dev: .* provider ncloud/);
});
