import { connect } from "node:net";
import type { TestPlatform } from "../harness/platform/test-platform.ts";

/** Tells whether a TCP connection from this host is accepted. */
export function canConnect(host: string, port: number, timeoutMilliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMilliseconds });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on("connect", () => end(true));
    socket.on("timeout", () => end(false));
    socket.on("error", () => end(false));
  });
}

/** Address of each machine by name. */
export async function addresses(platform: TestPlatform): Promise<Record<string, string>> {
  const { machines } = await platform.kpaasJson<{ machines: { name: string; privateIp: string }[] }>("status");
  return Object.fromEntries(machines.map(({ name, privateIp }) => [name, privateIp]));
}
