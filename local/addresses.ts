import type Docker from "dockerode";
import { Address4 } from "ip-address";

/** Queue of the machines that are made in parallel: each takes its address before the next looks for one. */
let turn: Promise<unknown> = Promise.resolve();

/** Makes a container at the lowest free address of the network's dynamic range, which it then keeps over restarts. */
export function freeAddress(
  engine: Docker,
  networkId: string,
  create: (address: string) => Promise<Docker.Container>,
): Promise<Docker.Container> {
  const mine = turn.then(async () => {
    const { Id, Name, IPAM } = await engine.getNetwork(networkId).inspect();
    const range = IPAM?.Config?.[0]?.IPRange;
    if (!range) throw new Error(`network ${Name} has no range for addresses of its choice`);
    return create(lowestFree(range, await taken(engine, new Set([Id, Name]))));
  });
  turn = mine.catch(() => undefined);
  return mine;
}

/**
 * Gives the lowest address of a range that is not used. The range's last address is left alone: it may be the subnet's
 * broadcast address. @throws when every address is taken.
 */
export function lowestFree(range: string, used: ReadonlySet<string>): string {
  const { start, end } = bounds(range);
  for (let address = start; address < end; address++) {
    const text = Address4.fromBigInt(address).correctForm();
    if (!used.has(text)) return text;
  }
  throw new Error(`no free address is left in ${range}`);
}

function bounds(range: string): { start: bigint; end: bigint } {
  const parsed = new Address4(range);
  return { start: parsed.startAddress().bigInt(), end: parsed.endAddress().bigInt() };
}

/**
 * Gives the addresses of all containers of a network, which goes by its id or name. The container engine's own filter
 * by network leaves out containers that were never started.
 */
async function taken(engine: Docker, network: ReadonlySet<string>): Promise<Set<string>> {
  const containers = await engine.listContainers({ all: true });
  const attached = containers
    .flatMap(({ NetworkSettings }) => Object.entries(NetworkSettings.Networks))
    .filter(([key]) => network.has(key));
  return new Set(attached.flatMap(([, { IPAMConfig, IPAddress }]) => [IPAMConfig?.IPv4Address ?? "", IPAddress]));
}
