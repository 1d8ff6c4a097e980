import { connectContainerEngine } from "./container-engine.ts";
import { environmentLabel } from "./labels.ts";
import { exists, removed } from "./missing.ts";

export async function createVolume(name: string, environment: string): Promise<void> {
  const engine = await connectContainerEngine();
  await engine.createVolume({ Name: name, Labels: { [environmentLabel]: environment } });
}

export async function volumeExists(name: string): Promise<boolean> {
  const engine = await connectContainerEngine();
  return exists(engine.getVolume(name).inspect());
}

export async function removeVolume(name: string): Promise<void> {
  const engine = await connectContainerEngine();
  await removed(engine.getVolume(name).remove());
}
