import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { deployable } from "../../bosh/deployable.ts";
import { parseEnvironment } from "../../config/parse.ts";
import {
  applicationInputs,
  jumpHostFiles,
  recordApplications,
} from "../../tests/harness/mocks/application-platform.ts";
import { ofType, type Recorded } from "../../tests/harness/mocks/mocks.ts";
import { createInfrastructure } from "./index.ts";

const environment = deployable(
  parseEnvironment("test", {
    infrastructure: { kind: "local" },
    applicationPlatform: { systemDomain: "cf.example.com" },
  }),
);
let recorded: Recorded;

beforeAll(async () => {
  recorded = await recordApplications(environment, createInfrastructure);
}, 60_000);

const machines = () => ofType(recorded, "kpaas:local:Machine").map(({ inputs }) => inputs);
const jumpHost = () => machines().find(({ role }) => role === "jumphost");
const file = (path: string): unknown => parse(jumpHostFiles(recorded)[`bosh/files/${path}`] ?? "null");

test("BOSH's containers have a network of the engine's, of whose range the engine gives out what BOSH does not", () => {
  expect(applicationInputs(recorded, "kpaas:local:Network")).toEqual([
    {
      networkName: "kpaas-test-cf",
      environment: "test",
      cidr: "10.182.0.0/22",
      setting: "applicationPlatform.cidr",
      gateway: "10.182.0.1",
      dynamicCidr: "10.182.0.8/29",
    },
  ]);
});

describe("the jump host", () => {
  test("is on the machines' network and on BOSH's, and has the engine's socket where it is on this machine", () => {
    expect(jumpHost()).toMatchObject({
      networkId: "platform-network-id",
      furtherNetworkId: "applications-id",
      engineSocket: "/var/run/docker.sock",
    });
  });

  test("is the only machine that has it", () => {
    const others = machines().filter(({ role }) => role !== "jumphost");
    expect(others.length).toBeGreaterThan(3);
    expect(others.flatMap(({ engineSocket, furtherNetworkId }) => engineSocket ?? furtherNetworkId ?? [])).toEqual([]);
  });

  test("lets nobody in by either of its networks", () => {
    const ruleset: string = jumpHost()?.firewall;
    expect(ruleset).toContain('iifname "lo" accept');
    expect(ruleset).not.toContain("eth0");
    expect(ruleset).toContain("counter drop");
  });

  test("tells BOSH of network and engine, and needs no secret of the stack", () => {
    expect(file("director/vars.yml")).toMatchObject({
      docker_host: "unix:///var/run/docker.sock",
      network: "kpaas-test-cf",
      internal_ip: "10.182.0.6",
    });
    expect(file("cloud-config/vars.yml")).toEqual({ network: "kpaas-test-cf" });
    expect(file("director/secrets.yml")).toBeNull();
  });
});

test("haproxy is the gateway, at the address that BOSH gives it", () => {
  expect(file("cf/vars.yml")).toMatchObject({ haproxy_private_ip: "10.182.0.16" });
});
