import { connectEngine } from "./engine.ts";
import { environmentLabel } from "./labels.ts";
import { isMissing } from "./missing.ts";

export async function createVolume(name: string, environment: string): Promise<void> {
  const engine = await connectEngine();
  await engine.createVolume({ Name: name, Labels: { [environmentLabel]: environment } });
}

export async function volumeExists(name: string): Promise<boolean> {
  const engine = await connectEngine();
  try {
    await engine.getVolume(name).inspect();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

export async function removeVolume(name: string): Promise<void> {
  const engine = await connectEngine();
  try {
    await engine.getVolume(name).remove();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
