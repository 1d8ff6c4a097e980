import { readdirSync, readFileSync } from "node:fs";

export interface Measured<T> {
  result: T;
  seconds: number;
  /** Highest sum of the resident memory of this process's descendants; machines in containers are not among them. */
  peakMiB: number;
  /** Processor time of this process's descendants that have ended; machines in containers are not among them. */
  processorSeconds: number;
}

export async function measure<T>(work: () => Promise<T>): Promise<Measured<T>> {
  let peakMiB = 0;
  const timer = setInterval(() => {
    peakMiB = Math.max(peakMiB, descendantsMiB(process.pid));
  }, 200);
  const began = performance.now();
  const processorBefore = endedChildrenSeconds();
  try {
    const result = await work();
    const processorSeconds = endedChildrenSeconds() - processorBefore;
    return { result, seconds: (performance.now() - began) / 1000, peakMiB, processorSeconds };
  } finally {
    clearInterval(timer);
  }
}

/** Linux counts a child's time, and that of the child's own children, once it was waited for: fields 16 and 17, in hundredths. */
function endedChildrenSeconds(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function descendantsMiB(root: number): number {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        const field = (name: string) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, "m"))?.[1] ?? 0);
        return [{ pid: Number(pid), parent: field("PPid"), kiB: field("VmRSS") }];
      } catch {
        return []; // it ended while we looked
      }
    });
  const sum = (parent: number): number =>
    processes.filter((p) => p.parent === parent).reduce((total, p) => total + p.kiB + sum(p.pid), 0);
  return sum(root) / 1024;
}
