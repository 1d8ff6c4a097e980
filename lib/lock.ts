import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report } from "./run.ts";

const reportEverySeconds = 10;

/**
 * Runs work that must not run twice at once on this machine. The lock is a name in Linux's abstract socket namespace:
 * the kernel frees it with its holder, however that ends. Elsewhere there is no container engine of our own to guard.
 */
export async function withLock<T>(name: string, work: () => Promise<T>, report?: Report): Promise<T> {
  if (process.platform !== "linux") return work();
  const held = await take(name, report ?? (() => undefined));
  try {
    return await work();
  } finally {
    await new Promise((resolve) => held.close(resolve));
  }
}

async function take(name: string, report: Report): Promise<Server> {
  const startedAt = Date.now();
  let reportAt = startedAt;
  for (;;) {
    const held = await listen(`\0kpaas-${name}`);
    if (held) return held;
    if (Date.now() >= reportAt + 1000) {
      report(`waiting for another kpaas that works on the ${name}: ${Math.round((Date.now() - startedAt) / 1000)} s`);
      reportAt = Date.now() + reportEverySeconds * 1000;
    }
    await sleep(100);
  }
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy());
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });
}
