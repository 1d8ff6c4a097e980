import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ExecOptions } from "../local/exec.ts";
import { FakeMachine } from "../tests/harness/provider/fake-machine.ts";
import type { DeliveredFiles } from "./delivered-files.ts";
import { deliver, revisionOf, untilApplied } from "./delivery.ts";

const machines = vi.hoisted(() => new Map<string, { exec: (argv: string[], options?: object) => unknown }>());
vi.mock("../local/container-engine.ts", () => ({ connectContainerEngine: async () => ({}) }));
vi.mock("../local/exec.ts", () => ({
  containerExec: (_: unknown, container: string, argv: string[], options: object) =>
    machines.get(container)?.exec(argv, options),
}));

const target = { machineName: "worker-1", connection: { kind: "container", container: "test-worker-1" } } as const;
const reports: string[] = [];
const context = {
  name: "files",
  environment: "test",
  signal: new AbortController().signal,
  report: (message: string) => reports.push(message),
  warn: () => {},
};

function machine(answer: ConstructorParameters<typeof FakeMachine>[0]): FakeMachine {
  const made = new FakeMachine(answer);
  machines.set("test-worker-1", made);
  return made;
}

const file = (path: string, content: string, permissions?: string) =>
  permissions ? { path, content, permissions } : { path, content };

describe("a revision", () => {
  test("is that of the files as they are: every content, path and mode counts", () => {
    const files = [file("/etc/a", "1"), file("/etc/b", "2", "0600")];
    expect(revisionOf(files)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(revisionOf(structuredClone(files))).toBe(revisionOf(files));
    const others = [
      [file("/etc/a", "1"), file("/etc/b", "3", "0600")],
      [file("/etc/a", "1"), file("/etc/c", "2", "0600")],
      [file("/etc/a", "1"), file("/etc/b", "2", "0644")],
      [file("/etc/a", "1")],
    ];
    expect(new Set([files, ...others].map(revisionOf)).size).toBe(5);
  });
});

describe("a delivery", () => {
  /** The machine's root; its programs that would reach beyond it are put right or stand in. */
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "kpaas-delivery-"));
    mkdirSync(join(root, "bin"));
    const program = (name: string, text: string) =>
      writeFileSync(join(root, "bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    program("systemctl", `echo "$*" >>"${root}/systemctl"`);
    program("rm", `for word; do case $word in -*) ;; *) /bin/rm -f "${root}$word" ;; esac; done`);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const run = (command: string, { stdin }: ExecOptions) => {
    const script = command
      .replace(/^sh -c /, "")
      .replaceAll("/etc/kpaas", `${root}/etc/kpaas`)
      .replace("cd /\n", `cd ${root}\n`);
    const env = { PATH: `${join(root, "bin")}:${process.env.PATH}` };
    const input = stdin as Buffer;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { input, env, encoding: "utf8" });
    return { exitCode: status ?? -1, stdout, stderr };
  };
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const mode = (path: string) => (statSync(join(root, path)).mode & 0o777).toString(8);
  const handOver = (files: DeliveredFiles) => deliver(target, files, 10, context);

  const first = [
    file("/etc/kpaas/hosts", "one\n"),
    file("/etc/kpaas/secrets/pki/ca.key", "key\n", "0600"),
    file("/usr/local/lib/kpaas/first-boot", "#!/bin/sh\n", "0755"),
  ];

  test("puts each file in its place with its mode, secrets out of others' reach, and starts first boot", async () => {
    machine(run);
    await handOver(first);
    for (const { path, content, permissions = "0644" } of first)
      expect([read(path), mode(path)]).toEqual([content, permissions.slice(1)]);
    expect(mode("/etc/kpaas/secrets")).toBe("700");
    expect(read("/etc/kpaas/revision")).toBe(`${revisionOf(first)}\n`);
    expect(read("systemctl").split("\n")).toEqual([
      "daemon-reload",
      "--quiet enable kpaas-first-boot.service",
      "start --no-block kpaas-first-boot.service",
      "",
    ]);
  });

  test("removes what it brought before and brings no more, and nothing else; a program that runs keeps its text", async () => {
    machine(run);
    await handOver(first);
    writeFileSync(join(root, "etc/kpaas/another"), "of somebody else");
    const running = openSync(join(root, "usr/local/lib/kpaas/first-boot"), "r");
    const text = read("usr/local/lib/kpaas/first-boot");
    const second = [
      file("/etc/kpaas/hosts", "two\n"),
      file("/usr/local/lib/kpaas/first-boot", "#!/bin/bash\n", "0755"),
    ];
    await handOver(second);
    expect(read("etc/kpaas/hosts")).toBe("two\n");
    expect(() => read("etc/kpaas/secrets/pki/ca.key")).toThrow("ENOENT");
    expect(read("etc/kpaas/another")).toBe("of somebody else");
    expect(read("usr/local/lib/kpaas/first-boot")).not.toBe(text);
    expect(readFileSync(running, "utf8")).toBe(text);
    closeSync(running);
    expect(read("etc/kpaas/revision")).toBe(`${revisionOf(second)}\n`);
    await handOver(first);
    expect(read("etc/kpaas/secrets/pki/ca.key")).toBe("key\n");
  });

  test("that is cut in the middle leaves the revision as it was, starts nothing, and is made again", async () => {
    machine(run);
    await handOver(first);
    const second = [file("/etc/kpaas/hosts", "x".repeat(100_000)), ...first.slice(1)];
    const seen: unknown[] = [];
    let attempts = 0;
    machine((command, { stdin }) => {
      const cut = attempts++ === 0 ? (stdin as Buffer).subarray(0, 50_000) : stdin;
      const result = run(command, { stdin: cut });
      seen.push([result.exitCode === 0, read("etc/kpaas/revision"), read("systemctl").split("\n").length]);
      return result;
    });
    await handOver(second);
    expect(seen).toEqual([
      [false, `${revisionOf(first)}\n`, 4],
      [true, `${revisionOf(second)}\n`, 7],
    ]);
  });

  test("that a machine does not take in time says why", async () => {
    machine(() => ({ exitCode: 2, stderr: "tar: no space left on device\n" }));
    await expect(deliver(target, first, 0.5, context)).rejects.toThrow(
      "waited 1 s for worker-1 to take its files: exit code 2: tar: no space left on device",
    );
  });
});

describe("waiting until a revision is applied", () => {
  const waiting = () => untilApplied(target, "sha256:new", 10, context);
  const isLook = (command: string) => command.includes("/var/lib/kpaas/applied");

  test("asks for this very revision, tells the phase meanwhile, and ends with it", async () => {
    let looks = 0;
    const asked = machine((command) => {
      if (isLook(command)) return looks++ < 2 ? { exitCode: 1, stdout: "0\n" } : { exitCode: 0 };
      return { stdout: "packages\n" };
    });
    await waiting();
    expect(looks).toBe(3);
    expect(asked.commands.filter(isLook).every((command) => command.endsWith(" sh sha256:new"))).toBe(true);
    expect(reports).toContain("worker-1: packages");
  });

  test("ends early where first boot keeps failing, with the machine's own words and the next command", async () => {
    let restarts = 40;
    machine((command) => {
      if (isLook(command)) return { exitCode: 1, stdout: `${restarts++}\n` };
      return { stdout: command.includes("end of its boot log") ? "phase: data disk\nwhich is the data disk?" : "" };
    });
    const failed = waiting();
    await expect(failed).rejects.toThrow("worker-1's first boot failed 8 times in a row");
    await expect(failed).rejects.toThrow("which is the data disk?");
    await expect(failed).rejects.toThrow("./kpaas logs test worker-1");
    // Failures before this wait do not count.
    expect(restarts).toBe(49);
  });

  test("goes on through a restart of the machine, with which systemd counts from nothing", async () => {
    const answers = ["40", "gone", "gone", ...Array.from({ length: 9 }, (_, count) => `${count}`), "never asked"];
    machine((command) => {
      if (!isLook(command)) return undefined;
      const answer = answers.shift();
      if (answer === "gone") throw new Error("the machine is restarting");
      return { exitCode: 1, stdout: `${answer}\n` };
    });
    await expect(waiting()).rejects.toThrow("worker-1's first boot failed 8 times in a row");
    expect(answers).toEqual(["never asked"]);
  });
});
