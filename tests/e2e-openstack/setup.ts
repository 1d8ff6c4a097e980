import { startDevcloud } from "./devcloud.ts";
import { openstackPlugin } from "./plugin.ts";

/** Once for all files: the plugin, then the cloud, which is stopped at the end. */
export default async function setup(): Promise<() => Promise<void>> {
  await openstackPlugin(console.log);
  return startDevcloud(console.log);
}
