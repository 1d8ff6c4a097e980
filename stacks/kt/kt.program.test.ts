import { beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { pins, wantedPins } from "../../tests/harness/mocks/pins.ts";
import { createInfrastructure } from "./index.ts";

let recorded: Recorded;

beforeAll(async () => {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "kt", network: "tier", image: "ubuntu", availabilityZones: ["DX-M1"] },
    network: { adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: {
      masters: { count: 3 },
      haproxy: { count: 2 },
      workerPools: [{ name: "worker", count: 1 }],
    },
  });
  recorded = await record(
    () =>
      new ContainerPlatform("platform", {
        environment,
        infrastructure: createInfrastructure(environment, {}),
        rollout: new Rollout([], {}),
      }),
  );
});

const ofType = (type: string) => recorded.resources.filter((each) => each.type === `openstack:${type}`);

test("a public address is on no port: it forwards the ports that operators need, and no other", () => {
  const addresses = ofType("networking/floatingIp:FloatingIp");
  expect(addresses.map(({ name }) => name).sort()).toEqual([
    "platform-bastion-floating-ip",
    "platform-haproxy-address-floating-ip",
  ]);
  for (const { inputs } of addresses) {
    expect(inputs).not.toHaveProperty("portId");
    expect(inputs.pool).toBe("external");
  }
  const forwarded = ofType("networking/portForwardingV2:PortForwardingV2").map(({ inputs }) => [
    inputs.floatingipId,
    inputs.externalPort,
    inputs.internalPort,
    inputs.internalIpAddress,
    inputs.internalPortId,
  ]);
  const gateway = (port: number) => [
    "platform-haproxy-address-floating-ip-id",
    port,
    port,
    "10.180.0.8",
    "platform-haproxy-address-port-id",
  ];
  expect(forwarded.sort((a, b) => a[1] - b[1])).toEqual([
    ["platform-bastion-floating-ip-id", 22, 22, "10.180.0.16", "platform-bastion-port-id"],
    gateway(3306),
    gateway(5000),
    gateway(6443),
  ]);
});

test("passwords that expired in the image are kept from ending the installer's sessions, beside what was rendered", () => {
  const [server] = ofType("compute/instance:Instance").filter(({ name }) => name === "platform-worker-1");
  const text: string = server?.inputs.userData;
  expect(text.split("\n", 1)).toEqual(["#cloud-config-archive"]);
  const [rendered, script] = parse(text);
  expect(rendered.type).toBe("text/cloud-config");
  expect(rendered.content).toMatch(/^#cloud-config\n# generation 1\nhostname: test-worker-1\n/);
  expect(script.type).toBe("text/x-shellscript");
  expect(script.content).toMatch(
    /^#!\/bin\/sh\nfor user in root ubuntu; do\n {2}chage --lastday .* --maxdays -1 "\$user"\n/,
  );
});

test("every machine is made from pinned images and user-data, the archive with what it holds; a pool's from one image", () => {
  expect(pins(recorded)).toEqual(
    wantedPins(recorded, "openstack:compute/instance:Instance", ["image", "user-data", "wrapped-user-data"]),
  );
});

test("disks are made in the machines' zone", () => {
  const zones = ofType("blockstorage/volume:Volume").map(({ inputs }) => inputs.availabilityZone);
  expect(new Set(zones)).toEqual(new Set(["DX-M1"]));
});
