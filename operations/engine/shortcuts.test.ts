import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { log, Resource } from "@pulumi/pulumi";
import type { Stack, Workspace } from "@pulumi/pulumi/automation/index.js";
import debuggable from "@pulumi/pulumi/runtime/debuggable.js";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { repository } from "../../lib/repository.ts";
import {
  askNothingAfterwards,
  defersCheckpoints,
  engineWords,
  keepNoLogs,
  lightenRuntime,
  mendAttributes,
  selectWithoutAsking,
  shortcuts,
} from "./shortcuts.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-shortcuts-"));
  vi.stubEnv("KPAAS_PLAIN_ENGINE", undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const onPlainEngine = () => vi.stubEnv("KPAAS_PLAIN_ENGINE", "1");

const runtime: [owner: object, name: string][] = [
  [log, "debug"],
  [Resource, "callsites"],
  [debuggable, "debuggablePromise"],
];
const inRuntime = () => runtime.map(([owner, name]) => Reflect.get(owner, name));

describe("no-debug-messages, no-resource-call-stacks, no-promise-call-stacks", () => {
  test("the plain engine's runtime stays as it is", async () => {
    onPlainEngine();
    const before = inRuntime();
    await lightenRuntime();
    expect(inRuntime()).toEqual(before);
  });

  test("what is replaced is what Pulumi's runtime has: another version may call it otherwise", async () => {
    const before = inRuntime();
    for (const original of before) expect(original).toBeTypeOf("function");
    await lightenRuntime();
    for (const [index, replaced] of inRuntime().entries()) expect(replaced).not.toBe(before[index]);
  });
});

describe("no-engine-log", () => {
  test("the engine finds no folder for its logs, also where an earlier version had made one", () => {
    const logs = join(folder, "logs");
    mkdirSync(logs);
    writeFileSync(join(logs, "dev-20261121T225857.log"), "every property");
    keepNoLogs(logs);
    expect(statSync(logs).isFile()).toBe(true);
    keepNoLogs(logs);
    expect(readFileSync(logs, "utf8")).toContain("Instead of a folder");
  });

  test("the plain engine may make its folder, and keeps one", () => {
    const logs = join(folder, "logs");
    keepNoLogs(logs);
    onPlainEngine();
    keepNoLogs(logs);
    expect(existsSync(logs)).toBe(false);
    mkdirSync(logs);
    keepNoLogs(logs);
    expect(statSync(logs).isDirectory()).toBe(true);
  });
});

describe("mended-attributes", () => {
  test("attributes of the state that a killed engine left half written are taken away, others stay", () => {
    const state = join(folder, "dev.json");
    const attributes = `${state}.attrs`;
    for (const half of ["", '{"user.content_type":"text']) {
      writeFileSync(attributes, half);
      mendAttributes(state);
      expect(existsSync(attributes)).toBe(false);
    }
    writeFileSync(attributes, '{"user.content_type":"text/plain"}');
    mendAttributes(state);
    expect(existsSync(attributes)).toBe(true);
    expect(() => mendAttributes(join(folder, "other.json"))).not.toThrow();
  });

  test("the plain engine's stay as they are", () => {
    const state = join(folder, "dev.json");
    writeFileSync(`${state}.attrs`, "");
    onPlainEngine();
    mendAttributes(state);
    expect(existsSync(`${state}.attrs`)).toBe(true);
  });
});

describe("no-questions-afterwards, known-stack", () => {
  const asked = () => {
    const ask = vi.fn(async () => undefined);
    const stack = { outputs: ask, info: ask } as unknown as Stack;
    const workspace = { selectStack: ask } as unknown as Workspace;
    askNothingAfterwards(stack);
    selectWithoutAsking(workspace);
    return { ask, questions: () => Promise.all([stack.outputs(), stack.info(), workspace.selectStack("dev")]) };
  };

  test("nothing is asked", async () => {
    const { ask, questions } = asked();
    expect(await questions()).toEqual([{}, undefined, undefined]);
    expect(ask).not.toHaveBeenCalled();
  });

  test("the plain engine is asked", async () => {
    onPlainEngine();
    const { ask, questions } = asked();
    await questions();
    expect(ask).toHaveBeenCalledTimes(3);
  });
});

test("deferred-checkpoints: from 50 workers on, never on the plain engine", () => {
  expect([defersCheckpoints(49), defersCheckpoints(50)]).toEqual([false, true]);
  onPlainEngine();
  expect(defersCheckpoints(1000)).toBe(false);
});

describe("words-as-data", () => {
  const report = "code: 255\n stdout: \n stderr: error: connection refused\n err?: Error: failed\n";
  const locked =
    "the stack is currently locked by 1 lock(s)\n  s3://b/x.json: created by runner@build-7 (pid 42) at 2026-11-21T15:00:00Z";

  test("the engine's words are read", () => {
    expect(engineWords.standardError(report)).toBe("connection refused");
    expect(engineWords.standardError("no report")).toBe("no report");
    expect(engineWords.lockHolder(locked)).toEqual({
      user: "runner",
      host: "build-7",
      pid: "42",
      since: "2026-11-21T15:00:00Z",
    });
    expect(engineWords.isStopping("^C received; cancelling.")).toBe(true);
    expect(engineWords.isNoise("using pulumi-resource-kpaas from $PATH at /x")).toBe(true);
    expect(engineWords.isConsequence("update failed")).toBe(true);
  });

  test("the plain engine's words are told as they are", () => {
    onPlainEngine();
    expect(engineWords.standardError(report)).toBe(report);
    expect(engineWords.lockHolder(locked)).toBeUndefined();
    expect(engineWords.isStopping("^C received; cancelling.")).toBe(false);
    expect(engineWords.isNoise("using pulumi-resource-kpaas from $PATH at /x")).toBe(false);
    expect(engineWords.isConsequence("update failed")).toBe(false);
  });
});

describe.each(Object.entries(shortcuts))("the table: %s", (name, { where, gain, upstream, test: file }) => {
  const [path, called] = where.includes("#") ? where.split("#") : ["operations/engine/shortcuts.ts", where];
  const read = (each: string) => readFileSync(join(repository, each), "utf8");

  test("is in the code, and has a test", () => {
    expect(read(path as string)).toMatch(new RegExp(`(function|const) ${called}\\b`));
    expect(read(file)).toContain(name);
  });

  test("has a record with its gain and its upstream issues", () => {
    const record =
      read("docs/decisions/0010-engine-shortcuts.md").split(`\n### \`${name}\`\n`)[1]?.split(/\n##/)[0] ?? "";
    expect(gain).not.toBe("");
    for (const heading of ["Context", "Decision", "Gain", "Drop it when"]) expect(record).toContain(`**${heading}.**`);
    for (const url of upstream) expect(record).toContain(url);
  });
});
