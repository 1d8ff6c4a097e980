import { versions } from "../../../config/versions.ts";
import { startDevcloud } from "../devcloud.ts";
import { openstackPlugin } from "../plugin.ts";
import { writeImageLayout } from "./image-layout.ts";

/** Prepares, once for all files, the plugin and the images, then the cloud whose servers boot, which is stopped at the end. */
export default async function setup(): Promise<() => Promise<void>> {
  await openstackPlugin(console.log);
  await writeImageLayout(versions.kubernetes, console.log);
  return startDevcloud(console.log, { boots: true });
}
