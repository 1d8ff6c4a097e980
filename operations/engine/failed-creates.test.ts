import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type FailedCreate, forgetFailedCreates, keepFailedCreates, readFailedCreates } from "./failed-creates.ts";
import { environmentFolder } from "./state.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-failed-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  mkdirSync(environmentFolder("dev"), { recursive: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const resource = (type: string, inputs: Record<string, unknown> = {}, custom = true): FailedCreate => ({
  type,
  urn: `urn:pulumi:dev::kpaas::${type}::a`,
  custom,
  inputs,
});

const network = resource("openstack:networking/network:Network", { name: "kpaas-dev" });

test("what failed is kept until it is forgotten", () => {
  expect(readFailedCreates("dev")).toEqual([]);
  keepFailedCreates("dev", [network]);
  expect(readFailedCreates("dev")).toEqual([network]);
  forgetFailedCreates("dev");
  expect(readFailedCreates("dev")).toEqual([]);
});

test("components, and our own provider's resources, are not asked for", () => {
  keepFailedCreates("dev", [
    resource("kpaas:index:Node"),
    resource("kpaas:index:HaProxy", {}, false),
    resource("custom:index:Component", {}, false),
  ]);
  expect(readFailedCreates("dev")).toEqual([]);
});

test("no secret's mark is kept, however deep", () => {
  const secret = { [specialSigKey]: specialSecretSig, ciphertext: "[secret]" };
  keepFailedCreates("dev", [resource("aws:ec2/instance:Instance", { tags: { a: secret }, userData: secret })]);
  expect(readFileSync(join(environmentFolder("dev"), "failed-creates.json"), "utf8")).not.toContain(specialSigKey);
  expect(readFailedCreates("dev")[0]?.inputs).toEqual({ tags: { a: "[secret]" }, userData: "[secret]" });
});

test("a secret that a state has encrypted is kept as it is", () => {
  const server = resource("aws:ec2/instance:Instance", {
    userData: { [specialSigKey]: specialSecretSig, ciphertext: "v1:c2VjcmV0" },
  });
  keepFailedCreates("dev", [server]);
  expect(readFailedCreates("dev")).toEqual([server]);
});
