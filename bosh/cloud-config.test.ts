import { Address4 } from "ip-address";
import { describe, expect, test } from "vitest";
import { transientVms } from "../config/application-platform/plan.ts";
import { environmentOn, everyEnvironment } from "../tests/harness/environments/bosh-environments.ts";
import { cloudConfig } from "./cloud-config.ts";
import { directorAddress } from "./director.ts";
import { groupsInManifest } from "./groups.ts";

const subnetsOf = (environment: ReturnType<typeof environmentOn>) =>
  cloudConfig(environment).networks[0]?.subnets ?? [];
const number = (address: string) => new Address4(address).bigInt();

describe("subnets", () => {
  test("each zone has one, with its part of the range", () => {
    expect(subnetsOf(environmentOn("openstack")).map(({ azs, range, gateway }) => [azs, range, gateway])).toEqual([
      [["z1"], "10.182.0.0/24", "10.182.0.1"],
      [["z2"], "10.182.1.0/24", "10.182.1.1"],
      [["z3"], "10.182.2.0/24", "10.182.2.1"],
    ]);
  });

  test.each(everyEnvironment())("%s: addresses left to BOSH hold the VMs that a zone may have", (_, environment) => {
    for (const { range, reserved, azs } of subnetsOf(environment)) {
      const whole = new Address4(range);
      const kept = reserved.map((pair) => pair.split("-").map(number) as [bigint, bigint]);
      for (const [first, last] of kept) {
        expect(first <= last).toBe(true);
        expect(first > whole.startAddress().bigInt() && last < whole.endAddress().bigInt()).toBe(true);
      }
      const free = 2n ** BigInt(32 - whole.subnetMask) - 2n - kept.reduce((sum, [a, b]) => sum + b - a + 1n, 0n);
      const vms = groupsInManifest(environment)
        .filter((group) => group.azs.some((az) => azs.includes(az)))
        .reduce((sum, group) => sum + Math.ceil(group.instances / group.azs.length), transientVms);
      expect(free).toBeGreaterThanOrEqual(BigInt(vms));
    }
  });

  test("the director's address is among those that BOSH leaves alone", () => {
    const environment = environmentOn("openstack");
    const [first, last] = subnetsOf(environment)[0]?.reserved[0]?.split("-").map(number) ?? [];
    const director = number(directorAddress(environment));
    expect(director > (first as bigint) && director <= (last as bigint)).toBe(true);
  });

  test("haproxy has the first free address, and one to the outside where the cloud gives such", () => {
    const behind = (kind: string) => {
      const { networks } = cloudConfig(environmentOn(kind, { gateway: "haproxy" }));
      return [networks[0]?.subnets?.map((subnet) => subnet.static), networks.map(({ name }) => name)];
    };
    expect(behind("openstack")).toEqual([
      [["10.182.0.16"], [], []],
      ["default", "vip"],
    ]);
    expect(behind("kt")).toEqual([[["10.182.0.16"]], ["default"]]);
    const { networks } = cloudConfig(environmentOn("openstack", { gateway: "load-balancer" }));
    expect(networks.map(({ name }) => name)).toEqual(["default"]);
  });
});

describe("VMs", () => {
  const extension = (kind: string, name: string) =>
    cloudConfig(environmentOn(kind)).vm_extensions.find((one) => one.name === name)?.cloud_properties;

  test("each type is the smallest machine type that holds it", () => {
    const types = cloudConfig(environmentOn("openstack")).vm_types.map((type) => [type.name, type.cloud_properties]);
    expect(Object.fromEntries(types)).toMatchObject({
      minimal: { instance_type: "m1.medium", root_disk: { size: 15 } },
      small: { instance_type: "m1.large", root_disk: { size: 15 } },
      "small-highmem-16GB": { instance_type: "m1.xlarge", root_disk: { size: 15 } },
    });
  });

  test.each([
    ["openstack", { boot_from_volume: true, root_disk: { size: 105 } }],
    ["aws", { ephemeral_disk: { size: 102_400, type: "gp3", encrypted: true } }],
    ["gcp", { root_disk_size_gb: 105, root_disk_type: "pd-balanced" }],
    ["azure", { ephemeral_disk: { use_root_disk: false, size: 102_400 } }],
  ])("on %s a larger disk says all of it", (kind, properties) => {
    expect(extension(kind, "100GB_ephemeral_disk")).toEqual(properties);
  });

  test("each group is in a firewall group of its own beside that of all VMs", () => {
    expect(extension("aws", "diego-cell-firewall")).toEqual({
      security_groups: ["kpaas-test-cf-vms", "kpaas-test-cf-diego-cell"],
    });
    expect(extension("gcp", "router-firewall")).toEqual({ tags: ["kpaas-test-cf-vms", "kpaas-test-cf-router"] });
    expect(extension("alibaba", "api-firewall")).toEqual({
      security_group_ids: ["((security_group_kpaas-test-cf-vms))", "((security_group_kpaas-test-cf-api))"],
    });
  });

  test("each of the hundred TCP routes has its pool on OpenStack, asked for its health where a VM always answers", () => {
    const pools = extension("openstack", "cf-tcp-router-network-properties")?.loadbalancer_pools as unknown[];
    expect(pools).toHaveLength(100);
    expect([pools[0], pools[99]]).toEqual([
      { name: "kpaas-test-cf-1024", port: 1024, monitoring_port: 80 },
      { name: "kpaas-test-cf-1123", port: 1123, monitoring_port: 80 },
    ]);
    expect(extension("openstack", "cf-router-network-properties")?.loadbalancer_pools).toContainEqual({
      name: "kpaas-test-cf-4443",
      port: 443,
      monitoring_port: 8443,
    });
  });

  test("a cloud that chooses its zone is told of none", () => {
    expect(cloudConfig(environmentOn("nhn")).azs).toEqual([{ name: "z1" }]);
  });
});
