import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { style } from "../../lib/terminal.ts";
import { advance, liveBlock, type Progress, startProgress } from "./progress.ts";

const redrawEveryMs = 200;

/** Shows an operation's progress on standard error: lines everywhere, on a terminal a live block below them too. */
export class ProgressView {
  private readonly progress: Progress;
  private readonly live: boolean;
  private drawn = 0;
  private ended = false;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(machines: number) {
    this.progress = startProgress(Date.now(), machines);
    this.live = Boolean(process.stderr.isTTY) && process.env.TERM !== "dumb";
    this.timer = this.live ? setInterval(() => this.draw(), redrawEveryMs) : undefined;
  }

  get state(): Progress {
    return this.progress;
  }

  readonly onEvent = (event: EngineEvent): void => {
    const lines = advance(this.progress, event, Date.now(), this.live);
    if (lines.length > 0) this.draw(lines);
  };

  print(line: string): void {
    this.draw([line]);
  }

  end(): void {
    clearInterval(this.timer);
    this.erase();
    this.ended = true;
  }

  private draw(lines: string[] = []): void {
    this.erase();
    for (const line of lines) process.stderr.write(`${line.includes(" FAILED: ") ? style("red", line) : line}\n`);
    if (!this.live || this.ended) return;
    const columns = process.stderr.columns || 80;
    const block = liveBlock(this.progress, Date.now(), Math.max(3, Math.min(12, (process.stderr.rows || 24) - 2)));
    for (const line of block) process.stderr.write(`${style("dim", line.slice(0, columns - 1))}\n`);
    this.drawn = block.length;
  }

  private erase(): void {
    if (this.drawn > 0) process.stderr.write(`\x1b[${this.drawn}A\x1b[0J`);
    this.drawn = 0;
  }
}
