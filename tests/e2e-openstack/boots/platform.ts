import { delimiter } from "node:path";
import { connectContainerEngine } from "../../../local/container-engine.ts";
import { run } from "../../harness/platform/commands.ts";
import { TestPlatform } from "../../harness/platform/test-platform.ts";
import { type Devcloud, devcloud } from "../devcloud.ts";
import { openstackPlugin } from "../plugin.ts";
import { imageLayout } from "./image-layout.ts";

/** Gives a platform, not up yet, whose machines boot, in a project of its own name. */
export async function bootingPlatform(name: string): Promise<{ cloud: Devcloud; platform: TestPlatform }> {
  const cloud = await devcloud(name);
  const platform = new TestPlatform(name, {
    ...cloud.environment,
    KPAAS_IMAGE_LAYOUT: imageLayout(),
    PATH: `${await openstackPlugin(console.log)}${delimiter}${process.env.PATH}`,
  });
  return { cloud, platform };
}

/** Gives the names of containers and volumes that stand for servers and their disks. */
export async function bootedContainers(): Promise<string[]> {
  const engine = await connectContainerEngine();
  const containers = await engine.listContainers({ all: true, filters: { label: ["devcloud.server"] } });
  const { Volumes: volumes } = await engine.listVolumes({ filters: { label: ["devcloud.volume"] } });
  return [...containers.flatMap(({ Names }) => Names), ...(volumes ?? []).map(({ Name }) => Name)];
}

/** Ends a server's machine at once, as when its host loses power; Nova is not told. */
export async function crash(serverId: string): Promise<void> {
  const engine = await connectContainerEngine();
  const [found] = await engine.listContainers({ filters: { label: [`devcloud.server=${serverId}`] } });
  if (!found) throw new Error(`no machine of server ${serverId} runs`);
  await engine.getContainer(found.Id).kill();
}

/** Renders a shell command that says "open" where a TCP port answers. */
export const connectAttempt = (host: string, port: number): string =>
  `timeout 3 bash -c 'exec 3<>/dev/tcp/${host}/${port}' 2>&1 && echo open`;

/** Tells whether a TCP port answers this host. */
export async function isOpen(host: string, port: number): Promise<boolean> {
  return (await run("bash", ["-c", connectAttempt(host, port)])).stdout.includes("open");
}
