import { describe, expect, test } from "vitest";
import { environmentOn, everyEnvironment } from "../tests/harness/environments/bosh-environments.ts";
import { artifacts } from "./artifacts.ts";
import { certificatesOf, releasesOf, stemcellOf, upstreamFiles } from "./pinned.ts";
import upstream from "./upstream.json" with { type: "json" };
import { readUpstream } from "./upstream.ts";

const manifest = "cf-deployment/cf-deployment.yml";
const externalDatabase = "cf-deployment/operations/use-external-dbs.yml";

test("upstream.json is what upstream.ts reads of the files that tests are run against", () => {
  expect(readUpstream("tests/bosh/upstream")).toEqual(upstream);
});

test("a manifest comes before its ops files", () => {
  expect(upstreamFiles(["a", "b", "c"])).toEqual({ manifest: "a", opsFiles: ["b", "c"], files: ["a", "b", "c"] });
});

describe("after an ops file that removes", () => {
  test("the release is not downloaded", () => {
    const names = (files: string[]) => releasesOf(files).map(({ name }) => name);
    expect(names([manifest])).toContain("pxc");
    expect(names([manifest, externalDatabase])).toEqual(names([manifest]).filter((name) => name !== "pxc"));
  });

  test("the certificates are not made", () => {
    const names = (files: string[]) => certificatesOf(files).map(({ name }) => name);
    expect(names([manifest])).toContain("mysql_server_certificate");
    expect(names([manifest, externalDatabase])).not.toContain("mysql_server_certificate");
  });
});

test.each([
  ["openstack", "bosh-openstack-kvm-ubuntu-noble"],
  ["aws", "bosh-aws-xen-hvm-ubuntu-noble"],
  ["gcp", "bosh-google-kvm-ubuntu-noble"],
  ["azure", "bosh-azure-hyperv-ubuntu-noble"],
  ["alicloud", "bosh-alicloud-kvm-ubuntu-noble"],
  ["docker", "bosh-warden-boshlite-ubuntu-noble"],
])("the stemcell of %s", (cpi, name) => {
  expect(stemcellOf([`bosh-deployment/${cpi}/cpi.yml`])).toMatchObject({ name, os: "ubuntu-noble", version: "1.484" });
});

test("every artifact of every environment has a digest and a name of its own on a mirror", () => {
  for (const [, environment] of everyEnvironment()) {
    const all = artifacts(environment);
    for (const { sha1, url } of all) {
      expect(sha1).toMatch(/^([0-9a-f]{40}|sha256:[0-9a-f]{64})$/);
      expect(url).toMatch(/^https:\/\//);
    }
    expect(new Set(all.map(({ url }) => url)).size).toBe(all.length);
  }
});

test("files that upstream has under several names are told apart by their versions", () => {
  const bpm = artifacts(environmentOn("openstack")).filter(({ name }) => name === "bpm");
  expect(bpm.map(({ file }) => file).sort()).toEqual(["bpm-1.4.33.tgz", "bpm-1.4.38-ubuntu-noble-1.484.tgz"]);
});
