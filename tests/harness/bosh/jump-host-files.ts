import type { MachineFile } from "../../../provider/sdk.ts";
import type { TestPlatform } from "../platform/test-platform.ts";

/**
 * Gives the jump host's files for BOSH, by path below /etc/kpaas/secrets, from the state: no machine of a simulated or control-plane cloud can be entered.
 */
export async function deliveredToJumpHost(platform: TestPlatform): Promise<Map<string, string>> {
  const resources = await platform.stateResources<{ urn: string; inputs?: { files?: { plaintext: string } } }>();
  const delivered = resources.find(({ urn }) => /MachineFiles::.*jumphost/.test(urn));
  return new Map(Object.entries(secretsAmong(JSON.parse(delivered?.inputs?.files?.plaintext ?? "[]"))));
}

const secretsFolder = "/etc/kpaas/secrets/";

/** Gives the secrets among a machine's files, contents by path below /etc/kpaas/secrets. */
export function secretsAmong(files: MachineFile[]): Record<string, string> {
  const secrets = files.filter(({ path }) => path.startsWith(secretsFolder));
  return Object.fromEntries(secrets.map(({ path, content }) => [path.slice(secretsFolder.length), content]));
}
