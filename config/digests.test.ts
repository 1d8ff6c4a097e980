import { expect, test } from "vitest";
import {
  calicoManifest,
  kubernetesDigest,
  kubernetesDigestWords,
  pulumiDigests,
  versionsWithDigests,
} from "./digests.ts";
import { buildableKubernetesVersions, kubernetesMinors, minorOf, versions } from "./versions.ts";

const sha256 = /^[0-9a-f]{64}$/;
const architectures = ["amd64", "arm64"] as const;

test("Pulumi's pinned release has a digest for each machine that kpaas runs on", () => {
  const digests = pulumiDigests[versions.pulumi] ?? {};
  expect(Object.keys(digests).sort()).toEqual(["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"]);
  for (const digest of Object.values(digests)) expect(digest).toMatch(sha256);
});

test("Calico's pinned manifest has one", () => {
  expect(calicoManifest.url).toContain(`/v${versions.calico}/`);
  expect(calicoManifest.sha256).toMatch(sha256);
});

test("of each release in the table every program that machines fetch has one, for either architecture", () => {
  const found = versionsWithDigests.flatMap((version) =>
    architectures.flatMap((architecture) =>
      ["kubeadm", "kubectl", "kubelet"].map((program) => kubernetesDigest(version, architecture, program)),
    ),
  );
  for (const digest of found) expect(digest).toMatch(sha256);
  expect(new Set(found).size).toBe(found.length);
  for (const version of versionsWithDigests) expect(kubernetesMinors).toContain(minorOf(version));
});

test("the default release is in the table; which buildable ones are not is known", () => {
  expect(versionsWithDigests).toContain(versions.kubernetes);
  // docs/downloads.md names it.
  expect(buildableKubernetesVersions.filter((version) => !versionsWithDigests.includes(version))).toEqual(["1.37.2"]);
});

test("scripts get them as words, and none of a release that is not in the table", () => {
  const words = kubernetesDigestWords(versions.kubernetes).split(" ");
  expect(words).toHaveLength(6);
  for (const word of words) expect(word).toMatch(/^(amd64|arm64)\/kube(adm|ctl|let)=[0-9a-f]{64}$/);
  expect(kubernetesDigestWords("1.99.0")).toBe("");
});
