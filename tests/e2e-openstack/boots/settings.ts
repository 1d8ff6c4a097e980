import { writeFile } from "node:fs/promises";
import { roleFacts } from "../../../config/roles/index.ts";
import { versions } from "../../../config/versions.ts";
import type { Report } from "../../../lib/run.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../../local/container-engine.ts";
import { systemContainer, systemMounts } from "../../../local/machine.ts";
import { ensureCloudImage } from "./machine-images.ts";

/** Network of the floating addresses, and this machine's own address in it, which operators come from. */
export const publicNetwork = { subnet: "203.0.113.0/24", gateway: "203.0.113.1" };

/** Makes the images, and writes what `devcloud_boots` makes machines from. */
export async function writeBootSettings(file: string, report: Report): Promise<void> {
  const { host } = await ensureContainerEngine(report);
  const engine = await connectContainerEngine();
  const { kubernetes } = versions;
  const machineImage = await ensureCloudImage("machine", kubernetes, report);
  const settings = {
    socket: host.replace("unix://", ""),
    machineImage,
    // It stands for a registry that somebody has filled.
    roleImages: { registry: await ensureCloudImage("registry", kubernetes, report) },
    dataPaths: Object.fromEntries(
      Object.entries(roleFacts).flatMap(([role, { dataPath }]) => (dataPath ? [[role, dataPath]] : [])),
    ),
    hostConfig: { ...systemContainer(), Mounts: await systemMounts(engine) },
    publicSubnet: publicNetwork.subnet,
    publicGateway: publicNetwork.gateway,
  };
  await writeFile(file, JSON.stringify(settings, null, 2));
}
