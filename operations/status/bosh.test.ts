import { describe, expect, test } from "vitest";
import { parseBosh } from "./bosh.ts";

const table = (rows: object[]) =>
  JSON.stringify({ Tables: [{ Content: "x", Rows: rows }], Lines: ["Succeeded"] }, null, 4);
const vm = {
  instance: "router/0a1b",
  az: "z1",
  process_state: "running",
  ips: "10.182.0.17",
  vm_cid: "i-1",
  active: "true",
};
const task = {
  id: "7",
  state: "processing",
  started_at: "Sat Nov 21 12:00:00 UTC 2026",
  user: "admin",
  deployment: "cf",
  description: "create deployment",
  result: "",
};

describe("what BOSH says", () => {
  test("VMs and tasks, in bosh's own words", () => {
    expect(parseBosh(`== service activating\n== vms\n${table([vm])}\n== tasks\n${table([task])}\n`)).toEqual({
      service: "at work",
      director: "answers",
      vms: [{ instance: "router/0a1b", az: "z1", state: "running", ips: "10.182.0.17" }],
      tasks: [
        { id: "7", state: "processing", startedAt: task.started_at, description: "create deployment", result: "" },
      ],
    });
  });

  test("nothing deployed yet is no error", () => {
    const empty = JSON.stringify({ Tables: [], Lines: ["Succeeded"] });
    expect(parseBosh(`== service inactive\n== vms\n${empty}\n== tasks\n${empty}\n`)).toMatchObject({
      service: "at rest",
      director: "answers",
      vms: [],
    });
  });

  test("before there is a director it is not asked", () => {
    expect(parseBosh("== service failed\n")).toMatchObject({ service: "failed", director: "not made yet" });
  });

  test("a director that does not answer is told with bosh's last line", () => {
    const error = JSON.stringify({ Tables: null, Lines: ["Fetching info:", "dial tcp 10.182.0.6:25555: i/o timeout"] });
    expect(parseBosh(`== service inactive\n== vms\n${error}\n== tasks\n${error}\n`)).toMatchObject({
      director: "does not answer",
      reason: "dial tcp 10.182.0.6:25555: i/o timeout",
    });
    expect(parseBosh("== service inactive\n== vms\n== tasks\n")).toMatchObject({
      director: "does not answer",
      reason: "the director gave no answer",
    });
  });

  test("what is no answer at all is unknown", () => {
    expect(parseBosh("").service).toBe("unknown");
  });
});
