import "../stacks/infrastructures.ts";
import { expect, test } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { imageReference, images, mirroredHosts, platformImages } from "./images.ts";
import { capabilitiesOf } from "./infrastructure/catalog.ts";
import {
  buildableKubernetesVersions,
  defaultKubernetesVersion,
  kubernetesMinors,
  minorOf,
  oldestPulumi,
  podNetworks,
  versions,
} from "./versions.ts";

test("`local` offers what can be built, oldest first, of minors that first boot knows; the default is among it", () => {
  expect(capabilitiesOf({ kind: "local" }).kubernetesVersions?.values).toEqual(buildableKubernetesVersions);
  expect(buildableKubernetesVersions).toContain(defaultKubernetesVersion);
  expect([...buildableKubernetesVersions].sort()).toEqual(buildableKubernetesVersions);
  expect(kubernetesMinors).toEqual(expect.arrayContaining(buildableKubernetesVersions.map(minorOf)));
});

test("the default Kubernetes version can be upgraded to on `local`, by a minor and by a patch", () => {
  const [major, minor] = defaultKubernetesVersion.split(".").map(Number);
  const older = buildableKubernetesVersions.slice(0, buildableKubernetesVersions.indexOf(defaultKubernetesVersion));
  expect(older.map(minorOf)).toEqual(expect.arrayContaining([`${major}.${Number(minor) - 1}`, `${major}.${minor}`]));
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
