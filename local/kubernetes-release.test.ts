import { expect, test } from "vitest";
import { filesToSend, takesPrograms } from "./kubernetes-release.ts";

const blob = "docker/registry/v2/blobs/sha256/ab/abc/data";
const layer = "docker/registry/v2/repositories/pause/_layers/sha256/abc/link";
const tag = "docker/registry/v2/repositories/pause/_manifests/tags/3.10/current/link";
const files = [tag, layer, blob].map((path) => ({ path, sizeBytes: path.length }));

test("what an image is made of is sent before what names it, and its tag last", () => {
  expect(filesToSend(files, "")).toEqual([blob, layer, tag]);
});

test("a file that is there whole is not sent again; one of which a killed transfer left a part is", () => {
  expect(filesToSend(files, `${blob.length} ${blob}\n${layer.length - 1} ${layer}\n`)).toEqual([layer, tag]);
  expect(filesToSend(files, files.map(({ path, sizeBytes }) => `${sizeBytes} ${path}`).join("\n"))).toEqual([]);
});

test.each([
  ["master", "1.36.3", true],
  ["worker", "1.36.3", true],
  ["registry", "1.36.3", false],
  ["haproxy", undefined, false],
])("a %s of Kubernetes %s takes programs: %s", (role, kubernetesVersion, takes) => {
  expect(takesPrograms({ hostname: "machine", role, kubernetesVersion })).toBe(takes);
});
