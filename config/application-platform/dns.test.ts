import { expect, test } from "vitest";
import { applicationDnsRecord } from "./dns.ts";

test.each([
  ["203.0.113.7", "A"],
  ["kpaas-cf-0123456789.elb.ap-northeast-2.amazonaws.com", "CNAME"],
])("names below the system domain lead to %s by a record of type %s", (gateway, type) => {
  expect(applicationDnsRecord("cf.example.com", gateway)).toEqual({ name: "*.cf.example.com", type, value: gateway });
});
