import { readdirSync, readFileSync } from "node:fs";

export interface Measured<T> {
  result: T;
  seconds: number;
  /** Highest sum of the resident memory of this process's descendants; machines in containers are not among them. */
  peakMiB: number;
}

export async function measure<T>(work: () => Promise<T>): Promise<Measured<T>> {
  let peakMiB = 0;
  const timer = setInterval(() => {
    peakMiB = Math.max(peakMiB, descendantsMiB(process.pid));
  }, 200);
  const began = performance.now();
  try {
    const result = await work();
    return { result, seconds: (performance.now() - began) / 1000, peakMiB };
  } finally {
    clearInterval(timer);
  }
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
