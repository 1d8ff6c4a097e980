import { randomInt } from "node:crypto";
import { createServer } from "node:net";

const given = new Set<number>();

/** Finds a TCP port of the loopback address that nobody listens on, and that this process has not given away before. */
export async function freeLoopbackPort(): Promise<number> {
  for (;;) {
    const port = await listenOnce(0);
    if (port !== undefined && !given.has(port)) return give(port);
  }
}

/** Ports below those that systems take for connections of their own, so that none is taken by chance while its machine is away. */
const lasting = { first: 20_000, last: 29_999 };

/** Finds a free TCP port of the loopback address to keep for good. */
export async function lastingLoopbackPort(): Promise<number> {
  for (;;) {
    const port = randomInt(lasting.first, lasting.last + 1);
    if (!given.has(port) && (await isFreeLoopbackPort(port))) return give(port);
  }
}

export async function isFreeLoopbackPort(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

function give(port: number): number {
  given.add(port);
  return port;
}

/** Gives the port that was listened on, for 0 one that the system chose; undefined where it is taken. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === "object" ? address.port : undefined));
    });
  });
}
