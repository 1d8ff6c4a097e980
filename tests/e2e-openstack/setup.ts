import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { startDevcloud } from "./devcloud.ts";
import { openstackPlugin } from "./plugin.ts";

/** Prepares, once for all files, the plugin, then the cloud, which is stopped at the end. */
export default async function setup(): Promise<() => Promise<void>> {
  const plugin = await openstackPlugin(console.log);
  const stopDevcloud = await startDevcloud(console.log);
  return async () => {
    stopOrphansOf(plugin);
    await stopDevcloud();
  };
}

/** Stops providers that outlive a killed Pulumi engine. */
function stopOrphansOf(folder: string): void {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    try {
      // State and parent follow the command's name, which may hold anything.
      const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      if (parent === "1" && readlinkSync(`/proc/${pid}/exe`).startsWith(folder)) process.kill(Number(pid));
    } catch {
      // It ended meanwhile, or is somebody else's.
    }
}
