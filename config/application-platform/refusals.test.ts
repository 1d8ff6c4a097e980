import { expect, test } from "vitest";
import { problems } from "../../tests/harness/environments/example-environment.ts";

const platform = (settings: object, rest: object = {}) => ({
  infrastructure: { kind: "local" },
  applicationPlatform: { systemDomain: "cf.example.com", ...settings },
  ...rest,
});

const cases: [rule: string, settings: object, problem: string | RegExp][] = [
  [
    "no system domain",
    { infrastructure: { kind: "local" }, applicationPlatform: {} },
    "applicationPlatform.systemDomain: is required",
  ],
  [
    "the Kubernetes API's domain",
    platform({ systemDomain: "dev.kpaas.internal" }),
    /^applicationPlatform.systemDomain: must differ from network.domain.*use cf.dev.kpaas.internal$/,
  ],
  [
    "an unknown size",
    platform({ size: "standart" }),
    /^applicationPlatform.size: must be one of minimum, standard, operation .*did you mean standard\?$/,
  ],
  [
    "the machines' range",
    platform({ cidr: "10.180.0.0/23" }),
    /^applicationPlatform.cidr: must not overlap network.cidr, 10.180.0.0\/24 .*; give the VMs a range of their own$/,
  ],
  [
    "the pods' range",
    platform({ cidr: "10.233.64.0/20" }),
    /^applicationPlatform.cidr: must not overlap network.podCidr/,
  ],
  ["the services' range", platform({ cidr: "10.233.0.0/20" }), /cidr: must not overlap network.serviceCidr/],
  [
    "the containers' range",
    platform({ cidr: "10.255.0.0/20" }),
    /cidr: must not overlap the applications' containers'/,
  ],
  [
    "more VMs than addresses",
    platform({ cidr: "10.182.0.0/24", groups: { "diego-cell": { count: 300 } } }),
    /^applicationPlatform.cidr: must hold the VMs: 322 in one zone.*room for 237.*; use a larger range or fewer VMs$/,
  ],
  [
    "a group that is none",
    platform({ groups: { "diego-cells": { count: 2 } } }),
    'applicationPlatform.groups["diego-cells"]: unknown key; did you mean diego-cell?',
  ],
  [
    "an errand, which has no VM of its own",
    platform({ groups: { "smoke-tests": { count: 2 } } }),
    /^applicationPlatform.groups\["smoke-tests"\]: unknown key/,
  ],
  [
    "a mirror without TLS",
    platform({ mirrorBaseUrl: "http://mirror.example.com" }),
    /^applicationPlatform.mirrorBaseUrl: must be an address such as https:/,
  ],
  [
    "an even number of databases",
    platform({ groups: { database: { count: 2 } } }),
    "applicationPlatform.groups.database.count: must be odd so that a majority decides (got 2); use 1 or 3",
  ],
  [
    "two blobstores",
    platform({ groups: { "singleton-blobstore": { count: 2 } } }),
    /groups\["singleton-blobstore"\].count: must be 1: upstream has no way to double it \(got 2\)$/,
  ],
  [
    "a VM type that is none",
    platform({ groups: { router: { vmType: "tiny" } } }),
    /^applicationPlatform.groups.router.vmType: must be one of minimal, small/,
  ],
  [
    "a VM type that no machine type holds",
    {
      infrastructure: { kind: "openstack" },
      network: { adminCidrs: ["203.0.113.0/24"] },
      applicationPlatform: { systemDomain: "cf.example.com", groups: { api: { vmType: "small-highmem" } } },
    },
    /^applicationPlatform.groups.api.vmType: no type of infrastructure.machineTypes has 4 processors and 32 GiB/,
  ],
  [
    "a group that the load balancer stands in for",
    {
      infrastructure: { kind: "openstack" },
      network: { adminCidrs: ["203.0.113.0/24"] },
      applicationPlatform: { systemDomain: "cf.example.com", groups: { haproxy: { count: 1 } } },
    },
    "applicationPlatform.groups.haproxy: sizes a group that is absent, as gateway is load-balancer; remove one of the two",
  ],
  [
    "a load balancer where none is built",
    platform({ gateway: "load-balancer" }),
    /^applicationPlatform.gateway: must be haproxy on local, where no load balancer is built/,
  ],
  [
    "half the internet as clients",
    platform({ clientCidrs: ["128.0.0.0/1"] }),
    /^applicationPlatform.clientCidrs\[0\]: must be 0.0.0.0\/0 or no wider than \/8/,
  ],
  [
    "an unknown kind of database",
    platform({ database: { kind: "outside" } }),
    /^applicationPlatform.database.kind: must be internal or external \(got "outside"\)/,
  ],
  [
    "a password in plain text",
    platform({ database: { kind: "external", host: "db.example.com", passwordsSecret: "s3cret!Pass" } }),
    /^applicationPlatform.database.passwordsSecret: must be the name of a secret/,
  ],
  [
    "buckets that are one",
    platform({
      blobstore: {
        kind: "external",
        region: "kr-1",
        buckets: { buildpacks: "all", droplets: "all", packages: "p-1", resources: "r-1" },
        credentialsSecret: "cf-blobstore",
      },
    }),
    /^applicationPlatform.blobstore.buckets: must name four buckets, each once/,
  ],
  ...["brokers", "monitoring", "logs", "metering"].map((key): [string, object, RegExp] => [
    `${key}, which come later`,
    platform({ [key]: {} }),
    new RegExp(`^applicationPlatform.${key}: not yet built; remove it`),
  ]),
];

test.each(cases)("%s is refused by path and remedy", (_, settings, expected) => {
  const found = problems(settings);
  expect(found).toHaveLength(1);
  if (typeof expected === "string") expect(found[0]).toBe(expected);
  else expect(found[0]).toMatch(expected);
});

test("a plain-text password is not repeated in the message", () => {
  const database = { kind: "external", host: "db.example.com", password: "s3cret-Pass" };
  expect(problems(platform({ database })).join("\n")).not.toContain("s3cret");
});

test("all problems are told at once", () => {
  const found = problems(
    platform({ size: "huge", groups: { database: { count: 4 } }, cidr: "10.180.0.0/24", logs: {} }),
  );
  expect(found).toHaveLength(4);
});
