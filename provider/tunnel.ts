import { Agent, type AgentOptions } from "node:https";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { RegistryClient, type RegistryFailures } from "../lib/registry-client.ts";
import { openStream } from "./connect.ts";
import type { Connection } from "./sdk.ts";

/** Passes bytes between itself and a port of its machine, until either side ends; says a word once it is connected. */
const script = `exec 3<>"/dev/tcp/127.0.0.1/$1" 4<&0 || exit 1
echo ready
cat <&3 &
cat <&4 >&3 &
wait -n
kill %1 %2 2>/dev/null`;

/** Opens a way to a port of a machine's own, over the installer's connection. */
export function openTunnel(connection: Connection, port: number, signal?: AbortSignal): Promise<Duplex> {
  return openStream(connection, ["bash", "-c", script, "kpaas-tunnel", String(port)], { said: "ready\n", signal });
}

interface TunnelOptions {
  connection: Connection;
  port: number;
  /** Authority that vouches for the server. */
  caCertPem: string;
  /** Name in the server's certificate. */
  serverName: string;
  signal?: AbortSignal;
}

/** Connections at once: sshd lets ten onto one of its own, and others work, too. */
const maxSockets = 4;

/** Makes an agent whose connections go to a port of a machine over the installer's own, TLS from end to end. */
function tunnelAgent({ connection, port, caCertPem, serverName, signal }: TunnelOptions): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets });
  const createConnection = (
    _options: AgentOptions,
    callback: (error: Error | null, socket?: Duplex) => void,
  ): undefined => {
    const tls: ConnectionOptions = { ca: caCertPem, servername: serverName, minVersion: "TLSv1.2" };
    openTunnel(connection, port, signal).then(
      (socket) => callback(null, connectTls({ ...tls, socket })),
      (error) => callback(error),
    );
  };
  return Object.assign(agent, { createConnection });
}

/** A registry that listens at its machine's loopback. */
export interface TunnelledRegistry {
  connection: Connection;
  /** Its name in its certificate, and its port: `registry.example:5001`. */
  endpoint: string;
  user: string;
  password: string;
  caCertPem: string;
  failures: RegistryFailures;
  signal?: AbortSignal;
}

/** Makes a client of a registry over the installer's own connection to its machine. */
export function tunnelledRegistryClient(registry: TunnelledRegistry): RegistryClient {
  const { connection, endpoint, user, password, caCertPem, failures, signal } = registry;
  const { hostname: serverName, port } = new URL(`https://${endpoint}`);
  const agent = tunnelAgent({ connection, port: Number(port), caCertPem, serverName, signal });
  return new RegistryClient({ endpoint, user, password, agent, failures, signal });
}
