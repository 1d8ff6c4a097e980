import { readdirSync, readFileSync } from "node:fs";
import { findContainerEngine } from "../../local/container-engine.ts";
import { environmentLabel } from "../../local/labels.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";

/** Gives the containers, networks and volumes of an environment; none where no container engine runs. */
export async function engineObjects(environment: string): Promise<string[]> {
  const socket = await findContainerEngine();
  if (!socket) return [];
  const { default: Docker } = await import("dockerode");
  const engine = new Docker({ socketPath: socket });
  const filters = { label: [`${environmentLabel}=${environment}`] };
  const containers = await engine.listContainers({ all: true, filters });
  const networks = await engine.listNetworks({ filters });
  const { Volumes } = await engine.listVolumes({ filters: JSON.stringify(filters) });
  return [
    ...containers.flatMap(({ Names }) => Names),
    ...networks.map(({ Name }) => Name),
    ...(Volumes ?? []).map(({ Name }) => Name),
  ];
}

/** Gives the programs that an environment's `./kpaas` started on this host, known by its folder in their inherited environment. */
export function processesOf({ folder }: TestPlatform): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        return environment.includes(folder) ? [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}
