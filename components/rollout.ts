import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../config/environment.ts";
import type { MachinePlan } from "../config/machines.ts";
import { onRecord } from "../config/on-record.ts";
import { type ChangeStage, changeStages } from "../config/rollout-order.ts";
import { PlatformRecord } from "../provider/sdk.ts";

/**
 * The order in which machines that are there may change or be replaced: stage by stage, a few at a time. It is kept by registering
 * a machine only in its turn, so that it holds for every `pulumi up`. New machines wait for nobody: a platform comes up all at once.
 */
export class Rollout {
  private readonly before: Promise<Before>;
  /** Tells that all is registered by which the provider knows a living platform. */
  readonly begin: (authority: pulumi.Resource) => void;
  private readonly stageOf = new Map<string, Stage>();

  /** `opts` name the provider that is asked what there was before. */
  constructor(stages: readonly ChangeStage[], opts: pulumi.CustomResourceOptions) {
    let begin: (authority: pulumi.Resource) => void = () => {};
    const authority = new Promise<pulumi.Resource>((resolve) => {
      begin = resolve;
    });
    this.begin = begin;
    this.before = authority.then(settled).then(() => existing(opts));
    let earlier: Stage | undefined;
    for (const each of stages) {
      const stage = new Stage(each, earlier);
      for (const machine of each.machines) this.stageOf.set(machine, stage);
      earlier = stage;
    }
  }

  /** Makes the platform's record, which refuses what a living platform cannot take, and waits for it. */
  static async onRecord(
    name: string,
    environment: Environment,
    machines: MachinePlan[],
    opts: pulumi.CustomResourceOptions,
  ): Promise<Rollout> {
    const stages = changeStages(environment, machines);
    // One that only stands in is none that the platform is to have: after a run that failed it is new again.
    const standIns = new Set(stages.flatMap((stage) => stage.standIns ?? []));
    const record = new PlatformRecord(
      name,
      onRecord(
        environment,
        machines.filter((machine) => !standIns.has(machine.name)),
      ),
      opts,
    );
    await settled(record);
    return new Rollout(stages, opts);
  }

  /** Resolves when a machine may be registered. Each that asks must tell by `done` when it is through. */
  async turn({ name }: Pick<MachinePlan, "name">): Promise<void> {
    const { existed } = await this.before;
    const stage = this.stageOf.get(name);
    if (!stage || !(existed(name) || stage.standIns.includes(name))) return;
    await stage.opened(existed);
    // One that stands in is not sooner there than its stage begins: its kubelet may be newer than masters are until then.
    if (!existed(name)) return;
    await stage.standInsThere(existed);
    await stage.admit(name);
  }

  /**
   * Tells whether a machine's user-data gives it the host key of its first connection. That of workers which an earlier release made does
   * not until their generation rises: other user-data would make them anew.
   */
  async hasFirstHostKey({ name }: Pick<MachinePlan, "name">): Promise<boolean> {
    return !(await this.before).withoutFirstHostKey.has(name);
  }

  /** Hears of the last resources of a machine: once they are there as they should be, the next one has its turn. */
  done({ name }: Pick<MachinePlan, "name">, ...last: pulumi.Resource[]): void {
    void Promise.all(last.map(settled)).then(() => this.stageOf.get(name)?.leave(name));
  }
}

/**
 * Machines that are changed together, at most so many at once, the first of them alone. What it does for a machine takes the same time
 * however many there are.
 */
class Stage {
  /** Those that stand in for the others. */
  readonly standIns: readonly string[];
  private readonly machines: readonly string[];
  private readonly atOnce: number;
  private readonly earlier: Stage | undefined;
  private readonly waiting: { machine: string; admitted: () => void }[] = [];
  private readonly underWay = new Set<string>();
  private readonly left = new Set<string>();
  private hasCanary = false;
  private open: Promise<void> | undefined;
  private over: Latch | undefined;
  private standing: Latch | undefined;

  constructor({ machines, atOnce, standIns = [] }: Omit<ChangeStage, "name">, earlier: Stage | undefined) {
    this.machines = machines;
    this.standIns = standIns;
    this.atOnce = atOnce;
    this.earlier = earlier;
  }

  /** Resolves when all stages before it are through. */
  opened(existed: (machine: string) => boolean): Promise<void> {
    this.open ??= Promise.all([this.earlier?.opened(existed), this.earlier?.through(existed)]).then(() => {});
    return this.open;
  }

  /** Resolves when all of its machines that were there before are through. */
  private through(existed: (machine: string) => boolean): Promise<void> {
    this.over ??= new Latch(this.machines.filter((machine) => existed(machine) && !this.left.has(machine)));
    return this.over.all;
  }

  /** Resolves when all that are to stand in are there. One that was there before, as a killed run has left it, takes its turn. */
  standInsThere(existed: (machine: string) => boolean): Promise<void> {
    this.standing ??= new Latch(this.standIns.filter((machine) => !existed(machine) && !this.left.has(machine)));
    return this.standing.all;
  }

  admit(machine: string): Promise<void> {
    return new Promise((admitted) => {
      this.waiting.push({ machine, admitted });
      this.admitNext();
    });
  }

  leave(machine: string): void {
    if (this.underWay.delete(machine)) this.hasCanary = true;
    this.left.add(machine);
    this.over?.leave(machine);
    this.standing?.leave(machine);
    this.admitNext();
  }

  private admitNext(): void {
    while (this.underWay.size < (this.hasCanary ? this.atOnce : 1)) {
      const next = this.waiting.shift();
      if (!next) return;
      this.underWay.add(next.machine);
      next.admitted();
    }
  }
}

/** Machines that are waited for. */
class Latch {
  /** Resolves when the last one has left. */
  readonly all: Promise<void>;
  private readonly missing: Set<string>;
  private resolve = () => {};

  constructor(machines: readonly string[]) {
    this.missing = new Set(machines);
    this.all = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.leave();
  }

  /** Hears of one that is through. */
  leave(machine?: string): void {
    if (machine !== undefined) this.missing.delete(machine);
    if (this.missing.size === 0) this.resolve();
  }
}

/** Resolves when the engine is through with a resource. Unlike a dependency it leaves no trace in the state. */
const settled = (resource: pulumi.Resource): Promise<unknown> => new Promise((resolve) => resource.urn.apply(resolve));

interface Before {
  existed(machine: string): boolean;
  withoutFirstHostKey: ReadonlySet<string>;
}

interface MachinesBefore {
  all?: boolean;
  machines?: string[];
  withoutFirstHostKey?: string[];
}

/** Asks the provider, which hears from the engine, which machines there were before this run. */
async function existing({ provider }: pulumi.CustomResourceOptions): Promise<Before> {
  const answer: MachinesBefore = await pulumi.runtime.invoke("kpaas:index:machinesBefore", {}, { provider });
  const { all = false, machines = [], withoutFirstHostKey = [] } = answer;
  const names = new Set(machines);
  return { existed: (machine) => all || names.has(machine), withoutFirstHostKey: new Set(withoutFirstHostKey) };
}
