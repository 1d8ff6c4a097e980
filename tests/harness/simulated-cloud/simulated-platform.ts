import { join } from "node:path";
import { TestPlatform } from "../platform/test-platform.ts";
import { type SimulatedMachines, startSimulatedMachines } from "../simulated-machines/start.ts";
import {
  debugProviders,
  type SimulatedCloud,
  type SimulatedCloudOptions,
  startSimulatedCloud,
} from "./simulated-cloud.ts";

/** An environment on a cloud of its own, whose machines are simulated, too. */
export interface SimulatedPlatform {
  platform: TestPlatform;
  cloud: SimulatedCloud;
  /** Gives the orphans: what exists without being in the state. */
  unknownToState(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Gives the variables with which a Pulumi engine uses simulated machines and a simulated cloud. */
export function attachedTo(machines: SimulatedMachines, cloud: SimulatedCloud): Record<string, string> {
  const { PULUMI_DEBUG_PROVIDERS } = machines.environment;
  return { ...machines.environment, PULUMI_DEBUG_PROVIDERS: `${PULUMI_DEBUG_PROVIDERS},${debugProviders(cloud)}` };
}

export interface SimulatedPlatformOptions extends Pick<SimulatedCloudOptions, "name" | "plugin" | "declarations"> {
  /** Time until a machine that was made is a Ready node. Where it is given, nodes that are Ready stand among the cloud's calls. */
  nodeMilliseconds?: number;
}

export async function startSimulatedPlatform(
  name: string,
  { nodeMilliseconds, ...options }: SimulatedPlatformOptions,
): Promise<SimulatedPlatform> {
  const platform = new TestPlatform(name);
  const storeFolder = join(platform.folder, "cloud");
  const slowNodes = nodeMilliseconds !== undefined && { nodeMilliseconds, calls: join(storeFolder, "calls.jsonl") };
  const [cloud, machines] = await Promise.all([
    startSimulatedCloud({ ...options, storeFolder }),
    startSimulatedMachines(slowNodes || {}),
  ]);
  platform.addEnvironment(attachedTo(machines, cloud));
  return {
    platform,
    cloud,
    async unknownToState() {
      const known = await platform.idsInState();
      return cloud.list().flatMap(({ id, type }) => (known.has(id) ? [] : `${type} ${id}`));
    },
    async stop() {
      machines.stop();
      await cloud.stop();
      platform.removeFolder();
    },
  };
}
