import { expect, test } from "vitest";
import { dockerRemovals } from "./container-engine-network.ts";

test("Docker's rules and chains go, rules first; others stay", () => {
  const saved = [
    "*filter",
    ":FORWARD DROP [0:0]",
    ":DOCKER - [0:0]",
    ":DOCKER-USER - [0:0]",
    ":MINE - [0:0]",
    "-A FORWARD -j DOCKER-USER",
    '-A FORWARD -i docker0 -m comment --comment "two words" -j ACCEPT',
    "-A FORWARD -i eth1 -j MINE",
    "-A DOCKER-USER -j RETURN",
    "COMMIT",
  ].join("\n");
  expect(dockerRemovals(saved)).toEqual([
    ["-D", "FORWARD", "-j", "DOCKER-USER"],
    ["-D", "FORWARD", "-i", "docker0", "-m", "comment", "--comment", "two words", "-j", "ACCEPT"],
    ["-D", "DOCKER-USER", "-j", "RETURN"],
    ["-X", "DOCKER"],
    ["-X", "DOCKER-USER"],
  ]);
});

test("a table without Docker needs nothing", () => {
  expect(dockerRemovals("*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n")).toEqual([]);
});
