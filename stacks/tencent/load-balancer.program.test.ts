import { beforeAll, expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { createInfrastructure } from "./index.ts";

let recorded: Recorded;

beforeAll(async () => {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "tencent", image: "img-487zeit5" },
    network: { cidr: "10.180.0.0/22", zones: 2, adminCidrs: ["203.0.113.0/24"] },
    containerPlatform: { gateway: "load-balancer", masters: { count: 3 } },
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

const ofType = (type: string) => recorded.resources.filter((each) => each.type === `tencentcloud:index/${type}`);
const inputsOf = (type: string) => ofType(type).map(({ inputs }) => inputs);

test("machines reach an internal one at the gateway's address, operators an open one that outlives a zone", () => {
  const byName = Object.fromEntries(ofType("clbInstance:ClbInstance").map(({ name, inputs }) => [name, inputs]));
  expect(byName).toMatchObject({
    "platform-load-balancer-internal": {
      networkType: "INTERNAL",
      subnetId: "platform-network-front-1-id",
      vip: "10.180.0.8",
    },
    "platform-load-balancer-public": { networkType: "OPEN", masterZoneId: "ap-seoul-1", slaveZoneId: "ap-seoul-2" },
  });
  expect(Object.keys(byName)).toHaveLength(2);
});

test("only what the port table lets in to the gateway gets in", () => {
  for (const { securityGroups } of inputsOf("clbInstance:ClbInstance"))
    expect(securityGroups).toEqual(["platform-firewall-haproxy-id"]);
});

test("each side passes each port on to the machines that answer there, in its own name: a master may be its own client", () => {
  const listeners = inputsOf("clbListener:ClbListener");
  expect(listeners.map(({ port }) => port).sort()).toEqual([3306, 3306, 5000, 5000, 6443, 6443]);
  for (const listener of listeners) expect(listener).toMatchObject({ protocol: "TCP", snatEnable: true });
  const groups = inputsOf("clbTargetGroupAttachment:ClbTargetGroupAttachment");
  expect(groups.map(({ listenerId, targetGroupId }) => [listenerId, targetGroupId]).sort()).toEqual(
    ["api", "database", "registry"].flatMap((service) =>
      ["internal", "public"].map((side) => {
        const name = `platform-load-balancer-${service}-${side}`;
        return [`${name} listener`, `${name}-id`];
      }),
    ),
  );
  const targets = inputsOf("clbTargetGroupInstanceAttachment:ClbTargetGroupInstanceAttachment");
  const of = (wanted: number) => targets.filter(({ port }) => port === wanted).map(({ bindIp }) => bindIp);
  const masters = ["10.180.0.136", "10.180.0.137", "10.180.2.136"];
  expect(of(6443).sort()).toEqual(masters.flatMap((address) => [address, address]));
  expect([of(5000), of(3306)].map(({ length }) => length)).toEqual([2, 2]);
});

test("a listener whose targets were instances is made anew", () => {
  for (const { name } of ofType("clbListener:ClbListener"))
    expect(recorded.ties.get(`tencentcloud:index/clbListener:ClbListener ${name}`)?.replacedOn).toEqual(["targetType"]);
});
