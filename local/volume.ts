import { connectEngine } from "./engine.ts";
import { environmentLabel } from "./labels.ts";
import { exists, removed } from "./missing.ts";

export async function createVolume(name: string, environment: string): Promise<void> {
  const engine = await connectEngine();
  await engine.createVolume({ Name: name, Labels: { [environmentLabel]: environment } });
}

export async function volumeExists(name: string): Promise<boolean> {
  const engine = await connectEngine();
  return exists(engine.getVolume(name).inspect());
}

export async function removeVolume(name: string): Promise<void> {
  const engine = await connectEngine();
  await removed(engine.getVolume(name).remove());
}
