import { describe, expect, test } from "vitest";
import { environmentOn } from "../tests/harness/environments/bosh-environments.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { deployable, requireSecrets } from "./deployable.ts";

const withNameServers = (kind: string) => {
  const environment = environmentOn(kind);
  return { ...environment, infrastructure: { ...environment.infrastructure, dnsServers: ["192.0.2.53"] } };
};

describe("up makes an application platform", () => {
  test("nowhere without one being asked for", () => {
    expect(deployable(exampleEnvironment())).toBeUndefined();
  });

  test.each(["openstack", "nhn", "kt", "aws", "gcp", "azure", "alibaba", "local"])("on %s", (kind) => {
    expect(deployable(withNameServers(kind))?.applicationPlatform.systemDomain).toBe("cf.example.com");
  });

  test.each(["naver", "tencent", "ibm"])("not on %s, which BOSH does not reach", (kind) => {
    const environment = { ...environmentOn("openstack"), infrastructure: { kind } };
    expect(() => deployable(environment)).toThrow(new RegExp(`cannot run on ${kind}: .*CPI`));
  });

  test("not behind haproxy on aws, whose private subnets give no VM an address of its own", () => {
    expect(() => deployable(environmentOn("aws", { gateway: "haproxy" }))).toThrow(/must be load-balancer on aws/);
  });

  test.each(["gcp", "azure", "local"])("behind haproxy on %s, which is the default there", (kind) => {
    expect(deployable(environmentOn(kind))?.applicationPlatform.gateway).toBe("haproxy");
  });

  test("not without name servers, where BOSH has to name them", () => {
    expect(() => deployable(environmentOn("openstack"))).toThrow(/infrastructure\.dnsServers/);
  });
});

describe("secrets of the stack", () => {
  const blobstore = {
    kind: "external",
    endpoint: "https://objects.example.com",
    region: "region-1",
    buckets: { buildpacks: "cf-1-a", droplets: "cf-1-b", packages: "cf-1-c", resources: "cf-1-d" },
    credentialsSecret: "cf-blobstore",
  } as const;

  test("missing ones are told by name, all at once", () => {
    const environment = environmentOn("openstack", { blobstore });
    expect(() => requireSecrets(environment, () => false)).toThrow(/bosh-director, cf-blobstore/);
    expect(() => requireSecrets(environment, (name) => name === "bosh-director")).toThrow(/has not: cf-blobstore$/);
    expect(() => requireSecrets(environment, () => true)).not.toThrow();
  });

  test("where machines have an identity of the cloud, the director needs none", () => {
    expect(() => requireSecrets(environmentOn("aws"), () => false)).not.toThrow();
  });
});
