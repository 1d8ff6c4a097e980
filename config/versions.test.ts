import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { imageReference, images, mirroredHosts, platformImages } from "./images.ts";
import {
  defaultKubernetesVersion,
  kubernetesMinors,
  localKubernetesVersions,
  minorOf,
  oldestPulumi,
  podNetworks,
  versions,
} from "./versions.ts";

test("the default Kubernetes version is the newest minor's, and `local` can make its images", () => {
  expect(minorOf(defaultKubernetesVersion)).toBe(kubernetesMinors.at(-1));
  expect(localKubernetesVersions).toContain(defaultKubernetesVersion);
});

test.each(Object.entries(podNetworks))(
  "%s is for minors that first boot knows",
  (_name, { kubernetesMinors: minors }) => {
    expect(kubernetesMinors).toEqual(expect.arrayContaining(minors));
  },
);

test("the pinned Pulumi is not older than the oldest that is used, nor than its SDK", () => {
  const number = (version: string) => version.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
  expect(number(versions.pulumi)).toBeGreaterThanOrEqual(number(oldestPulumi));
  expect(number(versions.pulumi)).toBeGreaterThanOrEqual(number(manifest.dependencies["@pulumi/pulumi"]));
});

test.each(Object.entries(platformImages))("the tag of %s is a version of the table", (name, image) => {
  const tags = Object.values(versions).flatMap((version) => [version, `v${version}`, `${version}-0`]);
  expect(tags).toContain(image.tag);
  expect(mirroredHosts).toContain(image.host);
  expect(images[name as keyof typeof images]).toBe(imageReference(image));
});
