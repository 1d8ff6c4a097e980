import { describe, expect, test } from "vitest";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { jumpHostIn, refuseLeavingVms } from "./bosh-deletion.ts";

const connection = { kind: "ssh", host: "10.180.0.92", user: "ubuntu", privateKeyPem: "key" };
const delivered = (machineName: string, given: unknown = connection) => ({
  type: "kpaas:index:MachineFiles",
  inputs: { machineName, connection: given },
});

describe("the way to the jump host", () => {
  test("is the one by which it was told what to make, although no up has ended well", () => {
    expect(jumpHostIn({ resources: [delivered("registry"), delivered("jumphost")] })).toEqual(connection);
  });

  test("is a secret of the state", () => {
    const secret = { "4dabf18193072939515e22adb298388d": "mark", plaintext: JSON.stringify(connection) };
    expect(jumpHostIn({ resources: [delivered("jumphost", secret)] })).toEqual(connection);
  });

  test("is not looked for where it was told nothing: BOSH made nothing", () => {
    expect(jumpHostIn({ resources: [delivered("registry")] })).toBeUndefined();
    expect(jumpHostIn({})).toBeUndefined();
  });
});

test("an environment that has VMs of BOSH's is not brought up without them", () => {
  const [without, withPlatform] = [
    exampleEnvironment(),
    exampleEnvironment({ applicationPlatform: { systemDomain: "cf.example.com" } }),
  ];
  const state = { resources: [delivered("jumphost")] };
  expect(() => refuseLeavingVms(without, state)).toThrow(/its VMs would be left behind/);
  expect(() => refuseLeavingVms(withPlatform, state)).not.toThrow();
  expect(() => refuseLeavingVms(without, { resources: [delivered("registry")] })).not.toThrow();
  expect(() => refuseLeavingVms(without, undefined)).not.toThrow();
});
