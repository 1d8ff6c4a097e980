import { delimiter } from "node:path";
import { TestPlatform } from "../harness/platform/test-platform.ts";
import { startSimulatedMachines } from "../harness/simulated-machines/start.ts";
import { type Devcloud, devcloud } from "./devcloud.ts";
import { openstackPlugin } from "./plugin.ts";

export interface OpenstackPlatform {
  cloud: Devcloud;
  platform: TestPlatform;
  /** Destroys it, with further arguments of `destroy`, and ends what was started for it. */
  stop(...destroyArgs: string[]): Promise<void>;
}

/** Gives a platform, not up yet, in a project of its own name. `credentials`: variables by which it finds the cloud. */
export async function openstackPlatform(
  name: string,
  credentials = (cloud: Devcloud): Record<string, string> => cloud.environment,
): Promise<OpenstackPlatform> {
  const [cloud, machines] = await Promise.all([devcloud(name), startSimulatedMachines()]);
  const platform = new TestPlatform(name, {
    ...credentials(cloud),
    ...machines.environment,
    PATH: `${await openstackPlugin(console.log)}${delimiter}${process.env.PATH}`,
  });
  const stop = async (...destroyArgs: string[]) => {
    await platform.kpaas("destroy", ["--yes", ...destroyArgs]);
    platform.removeFolder();
    machines.stop();
  };
  return { cloud, platform, stop };
}
