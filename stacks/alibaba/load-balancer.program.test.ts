import { beforeAll, expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { createInfrastructure } from "./index.ts";

function platform(): Promise<Recorded> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "alibaba", image: "m-mj7example" },
    network: { cidr: "10.180.0.0/22", zones: 2, adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: { gateway: "load-balancer", masters: { count: 3 } },
  });
  return record(
    () =>
      new ContainerPlatform("platform", {
        environment,
        infrastructure: createInfrastructure(environment, {}),
        rollout: new Rollout([], {}),
      }),
  );
}

let recorded: Recorded;

beforeAll(async () => {
  recorded = await platform();
});

const ofType = (type: string) => recorded.resources.filter((each) => each.type === `alicloud:${type}`);
const inputsOf = (type: string) => ofType(type).map(({ inputs }) => inputs);

test("machines reach an internal one at the gateway's address, operators one in front of every zone", () => {
  const byName = Object.fromEntries(ofType("nlb/loadBalancer:LoadBalancer").map(({ name, inputs }) => [name, inputs]));
  const vswitchId = (zone: number) => `platform-network-front-${zone}-id`;
  expect(byName).toMatchObject({
    "platform-load-balancer-internal": {
      addressType: "Intranet",
      zoneMappings: [{ vswitchId: vswitchId(1), privateIpv4Address: "10.180.0.8" }, { vswitchId: vswitchId(2) }],
    },
    "platform-load-balancer-public": {
      addressType: "Internet",
      zoneMappings: [{ vswitchId: vswitchId(1) }, { vswitchId: vswitchId(2) }],
    },
  });
  expect(Object.keys(byName)).toHaveLength(2);
});

test("only what the port table lets in to the gateway gets in", () => {
  for (const { securityGroupIds } of inputsOf("nlb/loadBalancer:LoadBalancer"))
    expect(securityGroupIds).toEqual(["platform-firewall-haproxy-id"]);
});

test("each side passes each port on to the machines that answer there, in its own name: a master may be its own client", () => {
  for (const group of inputsOf("nlb/serverGroup:ServerGroup"))
    expect(group).toMatchObject({ protocol: "TCP", preserveClientIpEnabled: false });
  const ports = inputsOf("nlb/listener:Listener").map(({ listenerPort }) => listenerPort);
  expect(ports.sort()).toEqual([3306, 3306, 5000, 5000, 6443, 6443]);
  const targets = inputsOf("nlb/serverGroupServerAttachment:ServerGroupServerAttachment");
  const masters = targets.filter(({ port }) => port === 6443).map(({ serverId }) => serverId);
  expect(masters.sort()).toEqual([
    "10.180.0.136",
    "10.180.0.136",
    "10.180.0.137",
    "10.180.0.137",
    "10.180.2.136",
    "10.180.2.136",
  ]);
  expect(targets).toHaveLength(10);
});
