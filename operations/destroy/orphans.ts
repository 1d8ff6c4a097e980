import type Docker from "dockerode";
import type { Environment } from "../../config/environment.ts";
import { connectContainerEngine, findContainerEngine } from "../../local/container-engine.ts";
import { environmentLabel } from "../../local/labels.ts";
import { isMissing } from "../../local/missing.ts";

/**
 * Removes orphans: what carries an environment's label but is not in its state, as an `up` that was killed can leave it. Gives
 * what was removed. `keep`: names that are in the state.
 */
export async function removeOrphans(environment: Environment, keep: ReadonlySet<string>): Promise<string[]> {
  // On a cloud, what a killed run left has been taken over into the state.
  return environment.infrastructure.kind === "local" ? removeLocalOrphans(environment.name, keep) : [];
}

async function removeLocalOrphans(environment: string, keep: ReadonlySet<string>): Promise<string[]> {
  if (!(await findContainerEngine())) return [];
  const containerEngine = await connectContainerEngine();
  const found = await labelled(containerEngine, environment);
  const removed: string[] = [];
  // Containers first: networks and volumes in use cannot be removed.
  for (const { kind, name, remove } of found) {
    if (keep.has(name)) continue;
    await remove().catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    removed.push(`${kind} ${name}`);
  }
  return removed;
}

interface Labelled {
  kind: string;
  name: string;
  remove(): Promise<unknown>;
}

async function labelled(containerEngine: Docker, environment: string): Promise<Labelled[]> {
  const filters = { label: [`${environmentLabel}=${environment}`] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    containerEngine.listContainers({ all: true, filters }),
    containerEngine.listNetworks({ filters }),
    containerEngine.listVolumes({ filters: JSON.stringify(filters) }),
  ]);
  return [
    ...containers.map(({ Id, Names }) => ({
      kind: "machine",
      name: Names[0]?.replace(/^\//, "") ?? Id,
      remove: () => containerEngine.getContainer(Id).remove({ force: true, v: true }),
    })),
    ...networks.map(({ Id, Name }) => ({
      kind: "network",
      name: Name,
      remove: () => containerEngine.getNetwork(Id).remove(),
    })),
    ...(volumes ?? []).map(({ Name }) => ({
      kind: "volume",
      name: Name,
      remove: () => containerEngine.getVolume(Name).remove(),
    })),
  ];
}
