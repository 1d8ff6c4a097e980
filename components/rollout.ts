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
  private readonly before: Promise<(machine: string) => boolean>;
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
    const record = new PlatformRecord(name, onRecord(environment, machines), opts);
    await settled(record);
    return new Rollout(changeStages(environment, machines), opts);
  }

  /** Resolves when a machine may be registered. Each that asks must tell by `done` when it is through. */
  async turn({ name }: Pick<MachinePlan, "name">): Promise<void> {
    const existed = await this.before;
    const stage = this.stageOf.get(name);
    if (!stage || !existed(name)) return;
    await stage.opened(existed);
    await stage.admit(name);
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
  private readonly machines: readonly string[];
  private readonly atOnce: number;
  private readonly earlier: Stage | undefined;
  private readonly waiting: { machine: string; admitted: () => void }[] = [];
  private readonly underWay = new Set<string>();
  private readonly left = new Set<string>();
  private hasCanary = false;
  private open: Promise<void> | undefined;
  private over: { promise: Promise<void>; missing: Set<string>; resolve: () => void } | undefined;

  constructor({ machines, atOnce }: Pick<ChangeStage, "machines" | "atOnce">, earlier: Stage | undefined) {
    this.machines = machines;
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
    if (!this.over) {
      const missing = new Set(this.machines.filter((machine) => existed(machine) && !this.left.has(machine)));
      let resolve = () => {};
      const promise = new Promise<void>((fulfil) => {
        resolve = fulfil;
      });
      this.over = { promise, missing, resolve };
      if (missing.size === 0) resolve();
    }
    return this.over.promise;
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
    this.over?.missing.delete(machine);
    if (this.over?.missing.size === 0) this.over.resolve();
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

/** Resolves when the engine is through with a resource. Unlike a dependency it leaves no trace in the state. */
const settled = (resource: pulumi.Resource): Promise<unknown> => new Promise((resolve) => resource.urn.apply(resolve));

interface MachinesBefore {
  all?: boolean;
  machines?: string[];
}

/** Asks the provider, which hears from the engine, which machines there were before this run. */
async function existing({ provider }: pulumi.CustomResourceOptions): Promise<(machine: string) => boolean> {
  const { all = false, machines = [] }: MachinesBefore = await pulumi.runtime.invoke(
    "kpaas:index:machinesBefore",
    {},
    { provider },
  );
  const names = new Set(machines);
  return (machine) => all || names.has(machine);
}
