import { runOk } from "../harness/platform/commands.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";

export interface Outputs {
  registry: { name: string; endpoint: string; user: string; password: string; caCertPem: string };
  database: { endpoint: string; passwords: Record<string, string>; caCertPem: string };
}

/** Gives the stack's outputs as plain `pulumi` shows them, in the shell that `./kpaas env` prepares. */
export async function stackOutputs(platform: TestPlatform): Promise<Outputs> {
  const { stdout } = await platform.kpaasOk("env");
  const script = `${stdout}\npulumi stack output --json --show-secrets -s ${platform.name}`;
  return JSON.parse((await runOk("sh", ["-c", script])).stdout);
}
