import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ClosedPort, failureInWords, ownNode, probePod, type Server, serverPod } from "./probe-pods.ts";

const servers: Server[] = [1, 2, 3].map((n) => ({
  pod: `server-${n}`,
  node: `worker-${n}`,
  address: `10.233.6${n}.2`,
}));
const closed: ClosedPort[] = [
  { name: "storage", words: "the storage server's NFS", address: "10.180.0.88", port: 2049 },
  { name: "own-kubelet", words: "the kubelet of its own node", address: ownNode, port: 10250 },
];
const probe = (n: number, ...lines: string[]) => ({ pod: `probe-${n}`, node: `worker-${n}`, lines });

describe("failures in words", () => {
  test("there are none where no probe reports any", () => {
    expect(failureInWords([probe(1), probe(2)], servers, closed)).toBeUndefined();
  });

  test.each([
    ["answer server-2", "gets no answer from 10.233.62.2, which is pod server-2 on node worker-2"],
    ["file server-3", "does not see on the shared volume what pod server-3 on node worker-3 wrote"],
    ["name", "does not find kubernetes.default.svc.cluster.local by the cluster's DNS"],
    ["api", "does not reach the API server by the kubernetes service"],
    [
      "open storage",
      "reaches the storage server's NFS, which is closed to pods: run up, or see to kpaas-node-guard.service there",
    ],
    ["probe-1 is Failed: Evicted", "says: probe-1 is Failed: Evicted"],
  ])("one of them (%s) names node, pod and what failed", (line, words) => {
    expect(failureInWords([probe(1, line)], servers, closed)).toBe(`pod probe-1 on node worker-1 ${words}`);
  });

  test("many of them name the node that they have in common", () => {
    const reports = [
      probe(1, "answer server-2"),
      probe(2, "name", "answer server-1", "answer server-3"),
      probe(3, "answer server-2"),
    ];
    expect(failureInWords(reports, servers, closed)).toBe(
      "node worker-2 has part in 5 of 5 failures, one of them: " +
        "pod probe-1 on node worker-1 gets no answer from 10.233.62.2, which is pod server-2 on node worker-2",
    );
  });
});

describe("the scripts, run on this machine", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kpaas-probe-"));
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "data"));
    for (const { pod } of servers) writeFileSync(join(folder, "data", pod), pod);
    writeFileSync(join(folder, "termination-log"), "");
    program("nslookup", "true");
    // The address of each server ends its prefix with the server's number.
    program("wget", 'echo "server-$(echo "$4" | cut -c 16)"');
    program("httpd", "true");
    // Only the API server answers.
    program("nc", '[ "$4" = 443 ]');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  function program(name: string, script: string) {
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "bin", name), 0o755);
  }

  /** Runs a pod's script with this machine's folders and shorter patience; gives its exit code and what it reports. */
  function run(pod: unknown) {
    const { command } = (pod as { spec: { containers: { command: string[] }[] } }).spec.containers[0] ?? {
      command: [],
    };
    const script = (command[2] ?? "")
      .replaceAll(/(?<=[ >=])\/(data|tmp)/g, `${folder}/$1`)
      .replaceAll("/dev/termination-log", `${folder}/termination-log`)
      .replaceAll(/(?<= |")(15|60)(?= )/g, "1");
    mkdirSync(join(folder, "tmp"), { recursive: true });
    const env = { PATH: `${folder}/bin:${process.env.PATH}`, NODE_ADDRESS: "10.180.0.140" };
    const { status } = spawnSync("sh", ["-c", script], { env, stdio: "ignore", timeout: 20_000 });
    return { status, lines: readFileSync(join(folder, "termination-log"), "utf8").trim().split("\n").sort() };
  }

  const here = { pod: "probe-1", node: "worker-1" };

  test("a probe that finds everything ends well", () => {
    expect(run(probePod(here, servers, closed))).toEqual({ status: 0, lines: [""] });
  });

  test("a probe reports what it reaches although that is closed to pods, its own node by the address that it is told", () => {
    program("nc", 'case "$3 $4" in *" 443" | "10.180.0.88 2049" | "10.180.0.140 10250") ;; *) exit 1 ;; esac');
    expect(run(probePod(here, servers, closed))).toEqual({ status: 1, lines: ["open own-kubelet", "open storage"] });
  });

  test("a probe that reaches nothing at all says so of the API server", () => {
    program("nc", "false");
    expect(run(probePod(here, servers, closed))).toEqual({ status: 1, lines: ["api"] });
  });

  test("a probe reports all that does not answer, before it looks at the volume", () => {
    program("nslookup", "false");
    program("wget", "echo server-2");
    rmSync(join(folder, "data", "server-1"));
    expect(run(probePod(here, servers, closed))).toEqual({
      status: 1,
      lines: ["answer server-1", "answer server-3", "name"],
    });
  });

  test("a probe reports whose file it does not see", () => {
    rmSync(join(folder, "data", "server-3"));
    expect(run(probePod(here, servers, closed))).toEqual({ status: 1, lines: ["file server-3"] });
  });

  test("a server writes its name, and says so where it cannot", () => {
    const server = { pod: "server-9", node: "worker-1" };
    expect(run(serverPod(server)).status).toBe(0);
    expect(readFileSync(join(folder, "data", "server-9"), "utf8")).toBe("server-9\n");
    rmSync(join(folder, "data"), { recursive: true });
    expect(run(serverPod(server))).toEqual({ status: 1, lines: ["write"] });
  });
});
