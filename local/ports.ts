import { createServer } from "node:net";

const given = new Set<number>();

/** Finds a TCP port of the loopback address that nobody listens on, and that this process has not given away before. */
export async function freeLoopbackPort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((resolve, reject) => {
      const server = createServer();
      server.on("error", reject);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        server.close(() =>
          address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
        );
      });
    });
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}
