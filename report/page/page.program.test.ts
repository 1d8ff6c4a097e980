import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseEnvironment } from "../../config/parse.ts";
import { planOf } from "../../plan/plan.ts";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { missing, soundLive } from "../../tests/harness/environments/observed-platform.ts";
import { drawingOf } from "../drawing/drawing.ts";
import { planPage } from "./page.ts";

const workers = (count: number) =>
  planOf(
    parseEnvironment("test", {
      infrastructure: { kind: "openstack", availabilityZones: ["a", "b", "c"] },
      network: { cidr: "10.160.0.0/18", zones: 3, podCidr: "172.16.0.0/13", adminCidrs: ["203.0.113.0/24"] },
      containerPlatform: { masters: { count: 3 }, workerPools: [{ name: "worker", count }] },
    }),
  );

const boxes = (drawing: string) => [...drawing.matchAll(/id="plan-0-([^"]+)"/g)].map(([, id]) => id);

describe("the drawing", () => {
  test("has a box for each machine of a small environment", () => {
    const names = ["bastion", "haproxy-1", "master-1", "master-2", "master-3", "registry", "database", "storage"];
    const ids = ["operators", ...names, "worker-1", "worker-2", "worker-3"];
    expect(boxes(drawingOf(workers(3))).sort()).toEqual(ids.sort());
  });

  test("does not grow with the number of workers", () => {
    const [many, more] = [boxes(drawingOf(workers(100))), boxes(drawingOf(workers(1000)))];
    expect(more).toEqual(many);
    expect(more).toContain("worker/3");
  });

  test("says nothing of what is real where nothing was read", () => {
    expect(drawingOf(workers(3))).not.toMatch(/live-|ready/);
  });

  test("says beside each machine whether it is ready, and of a group how many are not", () => {
    const plan = workers(12);
    const drawing = drawingOf(plan, 0, soundLive(plan, { drift: missing("worker-1") }));
    const box = (id: string) => drawing.split("\n").find((line) => line.includes(`id="plan-0-${id}"`)) ?? "";
    expect(box("master-1")).toMatch(/class="machine master live-ready".*✓ ready/);
    expect(box("worker/1")).toMatch(/class="machine stack worker live-missing".*✗ 1 missing, ✓ 3 ready/);
    expect(box("worker/2")).toContain("✓ 4 ready");
  });

  test("has the address that a machine was given, in place of the range it is from", () => {
    const plan = workers(3);
    const machines = { "worker-1": { privateIp: "10.160.32.77", answer: { unknown: "not asked" } } };
    expect(drawingOf(plan)).not.toContain("10.160.32.77");
    expect(drawingOf(plan, 0, soundLive(plan, { machines }))).toContain("10.160.32.77");
  });
});

describe("the page", () => {
  test("is one file: it names nothing to fetch", async () => {
    const environment = exampleEnvironment();
    const page = await planPage([{ environment, plan: planOf(environment) }]);
    expect(page).not.toMatch(/(src|href)="(?!#)|@import|url\(/);
    expect(page).not.toMatch(/\{\{data\}\}|\/\*(style|script)\*\/|<!--diagrams-->/);
  });

  test("carries any text unharmed, and runs none of it", async () => {
    const environment = exampleEnvironment({
      containerPlatform: { workerPools: [{ name: "worker", labels: { a: "b" } }] },
    });
    const hostile = {
      ...environment,
      network: { ...environment.network, domain: "</script><script>alert(1)</script>" },
    };
    const page = await planPage([{ environment, plan: planOf(hostile) }]);
    expect(page).not.toContain("<script>alert");
    const data = page.match(/<script id="data"[^>]*>(.*)<\/script>/)?.[1] ?? "";
    expect(JSON.parse(data).views[0].plan.network.domain).toBe(hostile.network.domain);
  });

  test("has scripts that share no name, as they become one", () => {
    const folder = join(import.meta.dirname, "browser");
    const scripts = readdirSync(folder).filter((name) => name.endsWith(".js"));
    const names = scripts.flatMap((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      return [...text.matchAll(/^(?:export )?(?:async )?(?:function|const|let) (\w+)/gm)].map(
        ([, declared]) => declared,
      );
    });
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
  });
});
