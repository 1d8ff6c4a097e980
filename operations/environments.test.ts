import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UserError } from "../lib/errors.ts";
import {
  defaultEnvironment,
  environmentNames,
  environmentOrDefault,
  loadEnvironment,
  requireDeployable,
} from "./environments.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-environments-"));
  vi.stubEnv("KPAAS_STACKS_DIR", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(folder, `Pulumi.${name}.yaml`), text);

describe("the environment meant where none is named", () => {
  test.each([
    [["staging"], ["local", "staging"], "staging"],
    [[], ["local", "staging"], "local"],
    [["a", "b"], ["a", "b", "local"], "local"],
    [[], ["staging"], "staging"],
  ])("with %j up of %j it is %s", (up, all, expected) => {
    expect(defaultEnvironment(up, all)).toBe(expected);
  });

  test("several without a local one have to be told apart", () => {
    expect(() => defaultEnvironment([], ["production", "staging"])).toThrow(UserError);
  });
});

test("environments are the stack files of the folder", () => {
  write("staging", "");
  write("local", "");
  writeFileSync(join(folder, "index.ts"), "");
  expect(environmentNames()).toEqual(["local", "staging"]);
});

test("a whole environment is read from a few lines", async () => {
  write("mini", "config:\n  kpaas:environment:\n    infrastructure: { kind: local }\n");
  const { environment, path } = await loadEnvironment("mini");
  expect(environment.name).toBe("mini");
  expect(path).toBe(join(folder, "Pulumi.mini.yaml"));
});

test("an environment's file may be anywhere", async () => {
  const path = join(folder, "other.yaml");
  writeFileSync(path, "config:\n  kpaas:environment:\n    infrastructure: { kind: local }\n");
  expect((await loadEnvironment("mini", path)).path).toBe(path);
});

describe("refused, and said why:", () => {
  test("an environment that does not exist, with the ones that do", async () => {
    write("staging", "");
    await expect(loadEnvironment("stagin")).rejects.toMatchObject({
      message: expect.stringContaining("Pulumi.stagin.yaml does not exist"),
      next: "did you mean staging? there are: staging",
    });
  });

  test.each([["../etc/passwd"], ["a/b"], [".."]])("%s as a name", async (name) => {
    await expect(loadEnvironment(name)).rejects.toThrow("cannot be an environment's name");
  });

  test.each([
    ["config: [", "is not YAML"],
    ["", "is not a stack file"],
    ["- a", "is not a stack file"],
    ["config: 3", "is not a stack file"],
    ["config:\n  kpaas:other: 1\n", "no kpaas:environment"],
    ["config:\n  kpaas:environment:\n    infrastructure: { kind: moon }\n", "infrastructure"],
  ])("%j", async (text, message) => {
    write("bad", text);
    await expect(loadEnvironment("bad")).rejects.toThrow(message);
    await expect(loadEnvironment("bad")).rejects.toBeInstanceOf(UserError);
  });
});

test("a mistake in an environment's file is to be mended in that very file", async () => {
  write("office", "config:\n  kpaas:environment:\n    infrastructure: { kind: local }\n    purposes: operation\n");
  await expect(loadEnvironment("office")).rejects.toMatchObject({
    next: expect.stringContaining(`in ${join(folder, "Pulumi.office.yaml")}, then`),
  });
});

test("of the environments that are up, one of this folder is meant before one of another", () => {
  write("staging", "");
  vi.stubEnv("KPAAS_STATE_DIR", join(folder, "state"));
  for (const name of ["elsewhere", "staging"])
    mkdirSync(join(folder, "state", "environments", name), { recursive: true });
  expect(environmentOrDefault(undefined)).toBe("staging");
});

test("a login at a site's registry is wanted before the engine is asked", async () => {
  const settings = `config:
  kpaas:environment:
    infrastructure: { kind: local }
    containerPlatform: { registry: { mirrors: [{ url: "https://harbor.example.com", loginSecret: harbor }] } }
`;
  write("sited", settings);
  await expect(requireDeployable(await loadEnvironment("sited"))).rejects.toMatchObject({
    message: "containerPlatform.registry names secrets that stack sited has not: harbor",
    next: "pulumi config set --secret kpaas:harbor < harbor.json, each a map of username and password",
  });
  write("sited", `${settings}  kpaas:harbor:\n    secure: v1:abc\n`);
  await expect(requireDeployable(await loadEnvironment("sited"))).resolves.toBeUndefined();
});

describe("an application platform", () => {
  const settings = (infrastructure: string) =>
    `config:
  kpaas:environment:
    infrastructure: ${infrastructure}
    network: { adminCidrs: [203.0.113.0/24] }
    applicationPlatform: { systemDomain: cf.example.com }
`;
  const openstack = `{ kind: openstack, dnsServers: [192.0.2.53], machineTypes: [{ name: big, vcpus: 8, memoryGiB: 16 }] }`;

  test("is read wherever it is asked for, but refused before the engine is asked where up cannot make it", async () => {
    write("far", settings("{ kind: ibm, region: jp-osa }"));
    const loaded = await loadEnvironment("far");
    await expect(requireDeployable(loaded)).rejects.toThrow(/cannot run on ibm/);
  });

  test("wants the stack's secrets, which the file keeps encrypted", async () => {
    write("cf", settings(openstack));
    await expect(requireDeployable(await loadEnvironment("cf"))).rejects.toMatchObject({
      message: expect.stringContaining("bosh-director"),
      next: "pulumi config set --secret kpaas:bosh-director < bosh-director.json",
    });
    write("cf", `${settings(openstack)}  kpaas:bosh-director:\n    secure: v1:abc\n`);
    await expect(requireDeployable(await loadEnvironment("cf"))).resolves.toBeUndefined();
  });
});
