import type { TestPlatform } from "../platform/test-platform.ts";

/**
 * Gives the jump host's files for BOSH, by path, from the state: no machine of a simulated or control-plane cloud can be entered.
 */
export async function deliveredToJumpHost(platform: TestPlatform): Promise<Map<string, string>> {
  const resources = await platform.stateResources<{ urn: string; inputs?: { files?: { plaintext: string } } }>();
  const delivered = resources.find(({ urn }) => /SecretFiles::.*jumphost/.test(urn));
  return new Map(Object.entries(JSON.parse(delivered?.inputs?.files?.plaintext ?? "{}")));
}
