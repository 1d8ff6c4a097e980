import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { eventually } from "../../lib/eventually.ts";
import type { PlatformOutputs } from "../access/outputs.ts";
import type { Check } from "./check.ts";

export const databaseOffersTls: Check = {
  name: "database answers with TLS and a certificate of the platform",
  run: ({ outputs }) => eventually(20, () => databaseHandshake(outputs)),
};

/** Gives version and protocol; throws where it offers no TLS or another certificate. One attempt. */
export function databaseHandshake({
  database,
  registry,
}: Pick<PlatformOutputs, "database" | "registry">): Promise<string> {
  const domain = registry.name.split(":")[0]?.replace(/^registry\./, "") ?? "";
  return handshake(database, `database.${domain}`);
}

/** Shakes hands by MySQL's protocol: the server greets, the client asks for TLS, then both start it on the same connection. */
async function handshake({ endpoint, caCertPem }: PlatformOutputs["database"], servername: string): Promise<string> {
  const { hostname: host, port } = new URL(`tcp://${endpoint}`);
  const socket = connect({ host, port: Number(port), timeout: 10_000 });
  socket.on("timeout", () => socket.destroy(new Error("no answer within 10 s")));
  try {
    const { version, capabilities } = parseGreeting(await firstPacket(socket));
    if ((capabilities & clientSsl) === 0) throw new Error("it does not offer TLS");
    socket.write(sslRequest());
    return await new Promise((resolve, reject) => {
      const secure = connectTls({ socket, ca: caCertPem, servername }, () =>
        resolve(`${version}, ${secure.getProtocol()}`),
      );
      secure.on("error", reject);
    });
  } finally {
    socket.destroy();
  }
}

function firstPacket(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("it closed the connection without a greeting")));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const received = Buffer.concat(chunks);
      if (received.length < 4 || received.length < 4 + received.readUIntLE(0, 3)) return;
      socket.removeAllListeners("data");
      resolve(received.subarray(4));
    });
  });
}

const clientSsl = 0x0800;
const clientProtocol41 = 0x0200;
const clientSecureConnection = 0x8000;

/**
 * Parses the greeting of protocol version 10: version string, connection id, 8 bytes of salt, a filler, then the lower capability
 * flags.
 */
export function parseGreeting(packet: Buffer): { version: string; capabilities: number } {
  if (packet[0] === 0xff) throw new Error(`it refuses: ${packet.subarray(3).toString("latin1")}`);
  const end = packet.indexOf(0, 1);
  if (packet[0] !== 10 || end < 0 || packet.length < end + 16) throw new Error("that is no MySQL server");
  // MariaDB puts this before its own version, for old replicas.
  return {
    version: packet.toString("latin1", 1, end).replace(/^5\.5\.5-/, ""),
    capabilities: packet.readUInt16LE(end + 14),
  };
}

function sslRequest(): Buffer {
  const packet = Buffer.alloc(4 + 32);
  packet.writeUIntLE(32, 0, 3);
  packet[3] = 1;
  packet.writeUInt32LE(clientSsl | clientProtocol41 | clientSecureConnection, 4);
  packet.writeUInt32LE(2 ** 24, 8);
  packet[12] = 33;
  return packet;
}
