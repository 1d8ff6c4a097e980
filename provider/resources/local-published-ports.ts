import { z } from "zod";
import { machineState } from "../../local/machine.ts";
import { lastingLoopbackPort } from "../../local/ports.ts";
import { resource } from "../resource.ts";

const inputs = z.strictObject({
  hostname: z.string(),
  ports: z.array(z.int().min(1).max(65535)).min(1),
});
type Inputs = z.output<typeof inputs>;

type HostPorts = Record<string, number>;

export const handler = resource<Inputs, { hostPorts: HostPorts }>({
  inputs,
  replaceOn: ["hostname"],
  create: async ({ hostname, ports }) => ({
    id: hostname,
    outputs: { hostPorts: await chosen(ports, await portsInUse(hostname)) },
  }),
  update: async (_id, { hostPorts }, { ports }) => ({ hostPorts: await chosen(ports, hostPorts) }),
});

/** Gives those that the machine has already: one that is older than this resource keeps its. */
async function portsInUse(hostname: string): Promise<HostPorts> {
  const endpoints = Object.entries((await machineState(hostname))?.publicEndpoints ?? {});
  return Object.fromEntries(endpoints.map(([port, endpoint]) => [port, Number(endpoint.split(":")[1])]));
}

async function chosen(ports: readonly number[], kept: HostPorts): Promise<HostPorts> {
  return Object.fromEntries(
    await Promise.all(ports.map(async (port) => [port, kept[port] ?? (await lastingLoopbackPort())] as const)),
  );
}
