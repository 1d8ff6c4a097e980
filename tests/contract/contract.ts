import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { eventually } from "../harness/platform/eventually.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { CloudObject, SimulatedCloud, SimulatedCloudOptions } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";

export interface Contract extends Pick<SimulatedCloudOptions, "name" | "plugin" | "declarations"> {
  /** End of the type token of its machines. */
  machineType: string;
  /** Of a worker, its node among them. @default 2 */
  resourcesPerWorker?: number;
}

interface WorkerPool {
  count: number;
}

/** What every infrastructure must do, with its example of an operation environment, the real engine and a simulated cloud. */
export function contractOf(kind: string, contract: Contract): void {
  const example = parse(readFileSync(join(import.meta.dirname, `../../stacks/Pulumi.${kind}-operation.yaml`), "utf8"));
  const settings = (workers: number) => {
    const { containerPlatform, ...rest } = example.config["kpaas:environment"];
    const [pool, ...others]: WorkerPool[] = containerPlatform.workerPools;
    return {
      ...rest,
      containerPlatform: { ...containerPlatform, workerPools: [{ ...pool, count: workers }, ...others] },
    };
  };
  const name = `contract-${kind}`;
  const plan = (workers: number) => planMachines(parseEnvironment(name, settings(workers)));

  describe(kind, () => {
    let simulated: SimulatedPlatform;
    let cloud: SimulatedCloud;
    let platform: TestPlatform;

    beforeAll(async () => {
      simulated = await startSimulatedPlatform(name, contract);
      ({ cloud, platform } = simulated);
      platform.configure(settings(2));
    });

    afterAll(() => simulated?.stop());

    const servers = () => cloud.list().filter(isMachine);
    const isMachine = ({ type }: CloudObject) => type.endsWith(contract.machineType);
    const worker = (n: number) => servers().find((server) => server.name.endsWith(`-worker-${n}`));

    test("up makes every planned machine", async () => {
      await platform.kpaasOk("up");
      expect(servers()).toHaveLength(plan(2).length);
    });

    test("a second preview is empty", async () => {
      expect(await platform.changes("preview")).toEqual([]);
    });

    test("refresh finds nothing changed", async () => {
      expect(await platform.changes("refresh")).toEqual([]);
    });

    // What would be lost, the next test's up would make again.
    test("expired credentials are told, and nothing is lost", async () => {
      const before = cloud.list().length;
      cloud.setFaults({ refuseAll: "the token has expired" });
      const refused = await platform.kpaas("up");
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("the token has expired");
      cloud.setFaults({});
      expect(cloud.list()).toHaveLength(before);
    });

    test("two workers more are two machines with as few resources as the cloud allows, and nothing else", async () => {
      platform.configure(settings(4));
      const changes = (await platform.changes("up")).filter(({ type }) => type !== "kpaas:index:WorkerPool");
      expect(changes.map(({ op }) => op)).toEqual(Array(changes.length).fill("create"));
      expect(changes.length).toBeLessThanOrEqual(2 * (contract.resourcesPerWorker ?? 2));
      expect(servers()).toHaveLength(plan(4).length);
    });

    test("two workers fewer are those two, and nothing else", async () => {
      const before = servers().map(({ id }) => id);
      platform.configure(settings(2));
      const changes = (await platform.changes("up")).filter(({ type }) => type !== "kpaas:index:WorkerPool");
      expect(changes.map(({ op }) => op)).toEqual(Array(changes.length).fill("delete"));
      const left = servers().map(({ id }) => id);
      expect(left).toHaveLength(plan(2).length);
      expect(before).toEqual(expect.arrayContaining(left));
    });

    test("a worker that somebody removed is made again, and no other machine touched", async () => {
      const [lost, others] = [worker(2), servers().filter(({ name }) => !name.endsWith("-worker-2"))];
      cloud.remove(String(lost?.id));
      await platform.kpaasOk("up");
      // Where ids are made of names, another output tells them apart.
      expect(worker(2)).toBeDefined();
      expect(worker(2)).not.toEqual(lost);
      expect(servers()).toEqual(expect.arrayContaining(others));
      expect(servers()).toHaveLength(plan(2).length);
    });

    test("a cloud that fails is quoted, with how to go on", async () => {
      platform.configure(settings(4));
      cloud.setFaults({ failCreateOnce: [contract.machineType], loseAnswerOnce: [contract.machineType] });
      const failed = await platform.kpaas("up");
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain(`./kpaas up ${name}   (goes on from here)`);
    });

    test("an up after it, killed before it heard of what was made, and one more leave nothing unknown, and nothing twice", async () => {
      platform.configure(settings(6));
      cloud.setFaults({ answerMillisecondsOf: { [contract.machineType]: 30_000 } });
      const before = servers().length;
      const killWhen = eventually(60, async () => expect(servers().length).toBeGreaterThan(before));
      expect((await platform.kpaas("up", [], { killWhen })).code).toBeNull();
      cloud.setFaults({});
      await platform.kpaasOk("up");
      expect(servers()).toHaveLength(plan(6).length);
      expect(await simulated.unknownToState()).toEqual([]);
    });

    test("destroy leaves nothing", async () => {
      await platform.kpaasOk("destroy", ["--yes"]);
      expect(cloud.list()).toEqual([]);
    });
  });
}
