import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { diskScript, judgeDisks } from "./disk.ts";

const gib = 2 ** 20;
const said = (...lines: [path: string, freeKib: number, mount: string][]) =>
  lines.map((words) => words.join(" ")).join("\n");

test("machines with room are fine", () => {
  const lines = said(
    ["/", 3 * gib, "/"],
    ["/var/lib/containerd", 3 * gib, "/"],
    ["/var/lib/etcd", gib, "/var/lib/etcd"],
  );
  expect(judgeDisks("master-1", true, lines)).toEqual([]);
});

test("each full file system of a master is named with what it has and needs", () => {
  const lines = said(
    ["/", 3 * gib, "/"],
    ["/var/lib/containerd", gib, "/data"],
    ["/var/lib/etcd", gib / 2, "/var/lib/etcd"],
  );
  expect(judgeDisks("master-1", true, lines)).toMatchObject([
    { name: "disk of master-1", level: "blocks", found: "/data has 1.0 GiB free, the upgrade needs 2.0 GiB" },
    {
      found: "/var/lib/etcd has 512 MiB free, the upgrade needs 1.0 GiB",
      remedy: expect.stringContaining("kpaas-snapshots"),
    },
  ]);
});

test("one full file system is one finding, and etcd's path is a master's only", () => {
  const lines = said(["/", gib, "/"], ["/var/lib/containerd", gib, "/"]);
  expect(judgeDisks("worker-1", false, lines)).toMatchObject([{ found: expect.stringMatching(/^\/ has 1\.0 GiB/) }]);
});

test("what cannot be measured is a finding, not a full or an empty disk", () => {
  expect(judgeDisks("worker-1", false, said(["/", 3 * gib, "/"]))).toMatchObject([
    { level: "blocks", found: "the free space of /var/lib/containerd cannot be told" },
  ]);
});

test("the script's own answer is understood", async () => {
  const { stdout } = await promisify(execFile)("sh", ["-c", diskScript(false).replace("/var/lib/containerd", "/tmp")]);
  const free = Number(stdout.match(/^\/ (\d+) \/$/m)?.[1]);
  expect(free).toBeGreaterThan(0);
  const [first, ...lines] = stdout.trim().split("\n");
  expect(lines).toEqual([expect.stringMatching(/^\/tmp \d+ \/\S*$/)]);
  expect(judgeDisks("here", false, `${first}\n/var/lib/containerd ${9 * gib} /elsewhere`).length).toBe(
    free < 2 * gib ? 1 : 0,
  );
});
