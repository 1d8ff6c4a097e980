import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isType, type Refusals, shortName } from "./cloud.ts";

export type Operation = "create" | "read" | "update" | "delete" | "invoke";

/** Faults of a cloud, and its latency. Types are named by the end of their token, such as `Instance`. */
export interface Faults {
  /** Latency of each call. @default 0 */
  latencyMilliseconds?: number;
  /** Latency of calls about these types, in place of the usual one. */
  latencyMillisecondsOf?: Record<string, number>;
  /** Time from a create's end to its answer: a caller that is killed meanwhile never hears of it. */
  answerMillisecondsOf?: Record<string, number>;
  /**
   * Number of creates and deletes of these types that are done. The ones after them wait until the faults change, and are dropped
   * then: an operation cannot get past them before it is killed, however fast it is.
   */
  stallAfter?: Record<string, number>;
  /** Greatest number of objects of a type. */
  quotas?: Record<string, number>;
  /** The first calls of each kind (operation and type) are refused. */
  throttling?: {
    firstCalls: number;
    status: 429 | 503;
    /** Retries as real providers do, a few times with growing pauses; else the error is the caller's. @default true */
    retried?: boolean;
  };
  /** Types whose next create fails, once. */
  failCreateOnce?: string[];
  /** Types whose next create is done, and then answered with a failure, once. */
  loseAnswerOnce?: string[];
  /** Types whose every create fails. */
  failCreate?: string[];
  /** Types whose next read fails, once. */
  failReadOnce?: string[];
  /** Share of creates, updates and deletes that fail: the same ones for the same seed. */
  randomFailures?: { rate: number; seed: number };
  /** Each call is refused with these words, as where credentials have expired. */
  refuseAll?: string;
}

/** A call that the cloud was asked. */
export interface Call {
  operation: Operation;
  type: string;
  name: string;
  /** `ok`, a throttling status, or `failed` by a fault. */
  answer: string;
}

const attempts = 8;
const firstPauseMilliseconds = 20;
const pollMilliseconds = 100;

export function writeFaults(folder: string, faults: Faults): void {
  const file = faultsFile(folder);
  writeFileSync(`${file}.new`, JSON.stringify(faults));
  renameSync(`${file}.new`, file);
}

const faultsFile = (folder: string) => join(folder, "faults.json");

/** The faults of a cloud's folder, read at each call; counting starts anew when they change. */
export class FaultPlan {
  private readonly folder: string;
  private readonly refusal: Refusals;
  private readonly record: (call: Call) => void;
  private text = "{}";
  private faults: Faults = {};
  private counts = new Map<string, number>();

  constructor(folder: string, refusal: Refusals, record: (call: Call) => void) {
    this.folder = folder;
    this.refusal = refusal;
    this.record = record;
  }

  quota(type: string): number | undefined {
    return ofType(this.read().quotas, type);
  }

  /** Ends a create: waits as long as the cloud takes to tell, and throws where its answer is lost. */
  async answer(type: string): Promise<void> {
    const { answerMillisecondsOf, loseAnswerOnce = [] } = this.read();
    await setTimeout(ofType(answerMillisecondsOf, type) ?? 0);
    const lost = loseAnswerOnce.find((ending) => isType(type, ending));
    if (lost && this.count(`lost ${lost}`) === 1) throw new Error(this.refusal.failed(shortName(type)));
  }

  /** Waits as long as the cloud would, and throws where a fault is due. */
  async call(operation: Operation, type: string, name: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const faults = this.read();
      await setTimeout(ofType(faults.latencyMillisecondsOf, type) ?? faults.latencyMilliseconds ?? 0);
      const { throttling } = faults;
      const throttled = throttling && this.count(`throttle ${operation} ${type}`) <= throttling.firstCalls;
      if (!throttled) break;
      this.record({ operation, type, name, answer: String(throttling.status) });
      if (throttling.retried === false || attempt === attempts)
        throw new Error(this.refusal.throttled(throttling.status));
      await setTimeout(firstPauseMilliseconds * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
    if (this.isStalled(operation, type)) {
      await this.untilChanged();
      throw new Error(this.refusal.failed(shortName(type)));
    }
    const failure = this.failure(this.read(), operation, type, name);
    this.record({ operation, type, name, answer: failure === undefined ? "ok" : "failed" });
    if (failure !== undefined) throw new Error(failure);
  }

  private isStalled(operation: Operation, type: string): boolean {
    const limit = ofType(this.read().stallAfter, type);
    if (limit === undefined || !["create", "delete"].includes(operation)) return false;
    return this.count(`stall ${type}`) > limit;
  }

  private async untilChanged(): Promise<void> {
    const faults = this.read();
    while (this.read() === faults) await setTimeout(pollMilliseconds);
  }

  private failure(faults: Faults, operation: Operation, type: string, name: string): string | undefined {
    if (faults.refuseAll !== undefined) return faults.refuseAll;
    const failed = this.refusal.failed(shortName(type));
    const listed = (types: string[] = []) => types.find((ending) => isType(type, ending));
    const once = operation === "create" ? faults.failCreateOnce : operation === "read" ? faults.failReadOnce : [];
    const due = listed(once);
    if (due && this.count(`once ${operation} ${due}`) === 1) return failed;
    if (operation === "read" || operation === "invoke") return undefined;
    if (operation === "create" && listed(faults.failCreate)) return failed;
    const { randomFailures } = faults;
    if (!randomFailures) return undefined;
    const attempt = this.count(`random ${operation} ${type} ${name}`);
    const drawn = share(`${randomFailures.seed} ${operation} ${type} ${name} ${attempt}`);
    return drawn < randomFailures.rate ? failed : undefined;
  }

  private count(key: string): number {
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return count;
  }

  private read(): Faults {
    const text = textOf(faultsFile(this.folder));
    if (text !== this.text) {
      this.faults = JSON.parse(text);
      this.counts = new Map();
      this.text = text;
    }
    return this.faults;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "{}";
    throw error;
  }
}

function ofType<T>(table: Record<string, T> = {}, type: string): T | undefined {
  return Object.entries(table).find(([ending]) => isType(type, ending))?.[1];
}

/** Gives a number from 0 to 1 that depends on the text alone, so that calls may come in any order. */
function share(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE() / 2 ** 32;
}
