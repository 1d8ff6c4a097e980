import { startDevcloud } from "../devcloud.ts";
import { openstackPlugin } from "../plugin.ts";

/** Prepares, once for all files, the plugin, then the cloud whose servers boot, which is stopped at the end. */
export default async function setup(): Promise<() => Promise<void>> {
  await openstackPlugin(console.log);
  return startDevcloud(console.log, { boots: true });
}
