import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { registryPushPort } from "../../config/ports.ts";
import { UserError } from "../../lib/errors.ts";
import type { Connection } from "../../provider/sdk.ts";
import { openTunnel } from "../../provider/tunnel.ts";

/** A way to where the registry takes images, for tools of this machine. */
export interface OpenedRegistry {
  /** `127.0.0.1:port` of this machine. */
  address: string;
  close(): Promise<void>;
}

export interface Opening {
  connection: Connection;
  /** Port of this machine; 0 is any. */
  port: number;
  /** Hears why a connection came to nothing. */
  onFailure(reason: string): void;
  /** Port of the registry's machine. @default the registry's */
  target?: number;
}

/**
 * Listens on this machine's loopback and passes each connection on to where the registry's machine takes images, over the installer's own
 * connection: TLS and the login stay between tool and registry. Throws UserError where the port is taken.
 */
export async function openRegistry(opening: Opening): Promise<OpenedRegistry> {
  const { connection, port, onFailure, target = registryPushPort } = opening;
  const ended = new AbortController();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    openTunnel(connection, target, ended.signal).then(
      (tunnel) => join(socket, tunnel),
      (error: Error) => {
        if (!ended.signal.aborted) onFailure(error.message);
        socket.destroy();
      },
    );
  });
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    throw new UserError(
      `--port: ${port} of this machine cannot be listened at (${(error as NodeJS.ErrnoException).code})`,
      "choose another by --port",
    );
  }
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      ended.abort();
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

/** Passes bytes both ways until either side ends. */
function join(socket: Socket, tunnel: Duplex): void {
  if (socket.destroyed) return void tunnel.destroy();
  const end = () => {
    socket.destroy();
    tunnel.destroy();
  };
  socket.once("close", end).pipe(tunnel);
  tunnel.once("close", end).once("error", end).pipe(socket);
}
