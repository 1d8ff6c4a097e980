import { expect, test } from "vitest";
import { infrastructures } from "../config/infrastructure/catalog.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { environmentOn } from "../tests/harness/environments/bosh-environments.ts";
import { cpiOf } from "./cpi.ts";

/** Makes an environment of a kind, which is all that is looked at before it is refused. */
const on = (kind: string): BoshEnvironment => ({ ...environmentOn("openstack"), infrastructure: { kind } });

test.each(["naver", "tencent", "ibm"])("%s is refused with why, and where to go", (kind) => {
  expect(() => cpiOf(on(kind))).toThrow(new RegExp(`cannot run on ${kind}: .*CPI`));
});

test("every infrastructure has a CPI or an answer of its own", () => {
  for (const [kind, { cpi }] of infrastructures()) {
    if ("reason" in cpi) expect(() => cpiOf(on(kind))).toThrow(`cannot run on ${kind}: ${cpi.reason}`);
    else expect(cpiOf(on(kind)).name).toMatch(/^[a-z]+$/);
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
