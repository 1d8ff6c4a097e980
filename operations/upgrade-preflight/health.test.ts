import { expect, test } from "vitest";
import type { NodeObject } from "../../provider/node-readiness.ts";
import { judgeEtcd, judgeNodes, judgeReadiness } from "./health.ts";

test("an API server that is ready says so, and nothing is found", () => {
  expect(judgeReadiness("master-1", "[+]ping ok\n[+]etcd ok\nreadyz check passed\n")).toEqual([]);
});

test("the check of an API server that fails is named", () => {
  const answer = "[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n[-]etcd-readiness failed: reason withheld\n";
  expect(judgeReadiness("master-2", `${answer}readyz check failed\n`)).toMatchObject([
    { name: "API server of master-2", level: "blocks", found: "it is not ready: check etcd, etcd-readiness fails" },
  ]);
});

test("an API server that does not answer is found", () => {
  expect(judgeReadiness("master-1", "")).toMatchObject([{ found: "it is not ready: it does not answer" }]);
});

const node = (name: string, status: "True" | "False" | "Unknown"): NodeObject => ({
  metadata: { name, uid: name },
  status: { conditions: [{ type: "Ready", status }], nodeInfo: { kubeletVersion: "v1.35.4", machineID: "" } },
});

test("nodes that are not Ready, and those that the cluster lacks, are one finding", () => {
  const nodes = [node("a", "True"), node("b", "Unknown"), node("c", "False")];
  expect(judgeNodes(nodes, ["a", "b", "c", "d"])).toMatchObject([
    { level: "blocks", found: "b is not Ready, c is not Ready, d is missing" },
  ]);
  expect(judgeNodes([node("a", "True")], ["a"])).toEqual([]);
});

test("every master has a member of etcd of its own, and each is well", () => {
  const masters = ["m1", "m2", "m3"].map((name) => node(name, "True"));
  const member = (name: string, isReady = true, nodeUid = name) => ({ node: name, nodeUid, isReady });
  expect(judgeEtcd([member("m1"), member("m2"), member("m3")], masters)).toEqual([]);
  expect(judgeEtcd([member("m1"), member("m2", false)], masters)).toMatchObject([
    { level: "blocks", found: "m2 is not well, m3 has none" },
  ]);
  // The pod of the machine before this one is still listed.
  const stale = [member("m1"), member("m2"), member("m3", true, "another machine")];
  expect(judgeEtcd(stale, masters)).toMatchObject([{ found: "m3 has none" }]);
});
