import { findEngine } from "../../local/engine.ts";
import { environmentLabel } from "../../local/labels.ts";
import { run } from "./platform.ts";

/** Containers, networks and volumes of an environment; none where no engine runs. */
export async function engineObjects(environment: string): Promise<string[]> {
  const socket = await findEngine();
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

/** Programs that a platform starts on this host: the container engine, Pulumi, the provider. Sorted, with how many of each. */
export async function processes(): Promise<string[]> {
  const { stdout } = await run("ps", ["-eo", "args"]);
  const mine = [/^dockerd/, /bin\/pulumi /, /provider\/main\.ts/, /run-policy-pack/];
  return mine.map((pattern) => `${pattern.source} ${stdout.split("\n").filter((line) => pattern.test(line)).length}`);
}
