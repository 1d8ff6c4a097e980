import type { ResourceValidationArgs } from "@pulumi/policy";
import { describe, expect, test } from "vitest";
import { rules } from "./rules.ts";

/** Violations of one rule against one resource. */
function violations(rule: string, type: string, props: Record<string, unknown>): string[] {
  const policy = rules.find(({ name }) => name === rule);
  if (!policy) throw new Error(`no rule ${rule}`);
  const reported: string[] = [];
  const args = {
    type,
    props,
    name: "r",
    urn: "urn",
    opts: {},
    isType: (cls: { __pulumiType: string }) => cls.__pulumiType === type,
  };
  const validate = [policy.validateResource ?? []].flat();
  for (const check of validate) check(args as unknown as ResourceValidationArgs, (message) => reported.push(message));
  return reported;
}

describe("odd-number-of-masters", () => {
  const check = (count: number) => violations("odd-number-of-masters", "kpaas:index:MasterNodes", { count });
  test("accepts three", () => expect(check(3)).toEqual([]));
  test("refuses two, naming the number", () => expect(check(2)).toEqual(["2 masters: the number must be odd"]));
});

describe("public-ports-only-on-the-gateway", () => {
  const check = (role: string, publicPorts: number[]) =>
    violations("public-ports-only-on-the-gateway", "kpaas:local:Machine", {
      role,
      publicPorts,
      machineName: `${role}-1`,
    });
  test("accepts the gateway's", () => expect(check("haproxy", [6443])).toEqual([]));
  test("accepts a worker without any", () => expect(check("worker", [])).toEqual([]));
  test("refuses a worker's, naming machine and port", () =>
    expect(check("worker", [30080])).toEqual(["worker-1 (worker) publishes ports 30080"]));
});

describe("certificates-live-at-most-398-days", () => {
  const check = (validityDays?: number) =>
    violations("certificates-live-at-most-398-days", "kpaas:index:Certificate", {
      commonName: "registry",
      validityDays,
    });
  test("accepts the default", () => expect(check()).toEqual([]));
  test("refuses ten years", () => expect(check(3650)).toEqual(["registry is valid for 3650 days"]));
});
