import { expect, test } from "vitest";
import { infrastructureKinds } from "../../config/infrastructure/catalog.ts";
import { environmentOn } from "../../tests/harness/environments/bosh-environments.ts";
import type { BoshEnvironment } from "./cpi.ts";
import { cpiOf } from "./index.ts";

/** Only the kind is looked at before it is refused. */
const on = (kind: string): BoshEnvironment => ({ ...environmentOn("openstack"), infrastructure: { kind } });

test.each(["naver", "tencent", "ibm"])("%s is refused with why, and where to go", (kind) => {
  expect(() => cpiOf(on(kind))).toThrow(new RegExp(`cannot run on ${kind}: .*CPI`));
});

test("every infrastructure has a CPI or an answer of its own", () => {
  for (const kind of infrastructureKinds()) {
    try {
      cpiOf(on(kind));
    } catch (error) {
      expect(String(error)).not.toContain("there is no CPI");
    }
  }
});

test("clouds built on OpenStack have its CPI", () => {
  expect(["openstack", "nhn", "kt"].map((kind) => cpiOf(on(kind)).name)).toEqual(Array(3).fill("openstack"));
});

test("only clouds without an identity for VMs need credentials", () => {
  const credentials = ["openstack", "alibaba", "aws", "gcp", "azure"].map(
    (kind) => cpiOf(environmentOn(kind)).credentials,
  );
  expect(credentials).toEqual([["openstack_password"], ["access_key_id", "access_key_secret"], [], [], []]);
});
