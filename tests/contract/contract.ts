import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { eventually } from "../../lib/eventually.ts";
import { outcomeOf } from "../../plan/edit-outcome.ts";
import { edited, usualEdits } from "../../plan/usual-edits.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { CloudObject, SimulatedCloud, SimulatedCloudOptions } from "../harness/simulated-cloud/simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "../harness/simulated-cloud/simulated-platform.ts";
import { machineSets, toldSets } from "./edits.ts";

export interface Contract extends Pick<SimulatedCloudOptions, "name" | "plugin" | "declarations"> {
  /** End of the type token of its machines. */
  machineType: string;
  /** Number of a worker's resources, its node among them. @default 2 */
  resourcesPerWorker?: number;
  /** Title in place of its kind; it is then no column of docs/parity.md. */
  title?: string;
  /** Variables of every command. */
  environment?: Record<string, string>;
  /** One more test, run once the platform is up. */
  also?: { title: string; holds(platform: TestPlatform): void };
}

const replacingNothing = [
  "a pool's labels",
  "how a pool's machines change",
  "masters, 3 to 5",
  "larger data disks of masters",
  "larger data disks of registry, database and storage",
  "one more consumer of the database",
  "where nodes pull images from",
  "the name of the StorageClass",
  "who may come in",
  "how long `up` waits",
];

/** Types of resources that tell of the machines there are, and change as these come and go. */
const books = ["kpaas:index:WorkerPool", "kpaas:index:PlatformRecord"];

interface WorkerPool {
  count: number;
}

/** Edits, of each role's machines, none of which may replace any; and one that must. */
const manyEdits = {
  name: "many edits at once",
  sets: {
    ...Object.fromEntries(
      usualEdits
        .filter(({ name }) => replacingNothing.includes(name))
        .flatMap(({ sets }) => Object.entries(sets))
        .map(([path, value]) => [path.replace(/workerPools\.web/, "workerPools.worker"), value]),
    ),
    "containerPlatform.database.generation": 2,
  },
};

/** Tests what every infrastructure must do, with its operation example, the real Pulumi engine and a simulated cloud. */
export function contractOf(kind: string, contract: Contract): void {
  const example = parse(readFileSync(join(import.meta.dirname, `../../stacks/Pulumi.${kind}-operation.yaml`), "utf8"));
  const settings = (workers: number) => {
    const { containerPlatform, ...rest } = example.config["kpaas:environment"];
    const [pool, ...others]: WorkerPool[] = containerPlatform.workerPools;
    return {
      ...rest,
      containerPlatform: {
        ...{ ...containerPlatform, workerPools: [{ ...pool, count: workers }, ...others] },
        registry: { ...containerPlatform.registry, fill: "installer" },
      },
    };
  };
  const name = `contract-${contract.title?.replaceAll(" ", "-") ?? kind}`;
  const plan = (workers: number) => planMachines(parseEnvironment(name, settings(workers)));

  describe(contract.title ?? kind, () => {
    let simulated: SimulatedPlatform;
    let cloud: SimulatedCloud;
    let platform: TestPlatform;

    beforeAll(async () => {
      simulated = await startSimulatedPlatform(name, contract);
      ({ cloud, platform } = simulated);
      platform.addEnvironment(contract.environment ?? {});
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

    if (contract.also) test(contract.also.title, () => contract.also?.holds(platform));

    test("a second preview finds no change", async () => {
      expect(await platform.changes("preview")).toEqual([]);
    });

    test("refresh finds no change", async () => {
      expect(await platform.changes("refresh")).toEqual([]);
    });

    test("preview of many edits at once replaces the one machine whose generation they raise, and no other", async () => {
      platform.configure(edited(settings(2), manyEdits.sets));
      const changes = await platform.changes("preview").finally(() => platform.configure(settings(2)));
      const { updated: _, ...sets } = machineSets(contract.machineType, changes);
      expect(sets.replaced).toEqual(["database"]);
      const outcome = outcomeOf(name, settings(2), manyEdits);
      expect(outcome && toldSets(outcome)).toEqual(sets);
    });

    // The next test's up would make again whatever is lost here, and hide it.
    test("up with expired credentials fails with the cloud's message and loses nothing", async () => {
      const before = cloud.list().length;
      cloud.setFaults({ refuseAll: "the token has expired" });
      const refused = await platform.kpaas("up");
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("the token has expired");
      cloud.setFaults({});
      expect(cloud.list()).toHaveLength(before);
    });

    test("up makes two added workers with as few resources as the cloud allows, and changes nothing else", async () => {
      platform.configure(settings(4));
      const changes = (await platform.changes("up")).filter(({ type }) => !books.includes(type));
      expect(changes.map(({ op }) => op)).toEqual(Array(changes.length).fill("create"));
      expect(changes.length).toBeLessThanOrEqual(2 * (contract.resourcesPerWorker ?? 2));
      expect(servers()).toHaveLength(plan(4).length);
    });

    test("up deletes two workers that the file no longer has, makes again one that somebody deleted in the cloud, and touches no other machine", async () => {
      const [lost, others] = [worker(2), servers().filter(({ name }) => !/-worker-[234]$/.test(name))];
      platform.configure(settings(2));
      cloud.remove(String(lost?.id));
      const changes = (await platform.changes("up")).filter(({ type }) => !books.includes(type));
      const ops = changes.filter(({ name }) => !/-worker-2\b/.test(name)).map(({ op }) => op);
      expect(ops).toEqual(Array(ops.length).fill("delete"));
      // An id made of names stays the same: another output differs then.
      expect(worker(2)).toBeDefined();
      expect(worker(2)).not.toEqual(lost);
      expect(servers()).toEqual(expect.arrayContaining(others));
      expect(servers()).toHaveLength(plan(2).length);
    });

    test("up stops when the cloud fails, and names the command that goes on", async () => {
      platform.configure(settings(4));
      cloud.setFaults({ failCreateOnce: [contract.machineType], loseAnswerOnce: [contract.machineType] });
      const failed = await platform.kpaas("up");
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain(`./kpaas up ${name}   (goes on from here)`);
    });

    test("up that is killed before it hears of what it made, and run again, leaves no orphan and makes nothing twice", async () => {
      platform.configure(settings(6));
      cloud.setFaults({ answerMillisecondsOf: { [contract.machineType]: 12_000 } });
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
