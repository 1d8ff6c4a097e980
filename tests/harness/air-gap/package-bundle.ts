import { generateKeyPairSync } from "node:crypto";
import { aptIndex, packageStanza } from "../../../toolchain/air-gap/apt-repository.ts";
import { sha256Of } from "../../../toolchain/air-gap/format.mjs";
import type { SigningKey } from "../../../toolchain/air-gap/signing-key.ts";
import { BundleWriter } from "../../../toolchain/air-gap/writer.ts";
import { machinePlatform } from "../../../toolchain/platform.ts";

/** Makes a key that signs bundles, of nobody. */
export function testSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const spki = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  return { privateKey, publicKey: spki, fingerprint: "", madeAt: new Date("2026-11-01T00:00:00Z"), file: "" };
}

/** A package of a test's own, as its archive and what that says of itself. */
export interface MadePackage {
  name: string;
  version: string;
  content: Buffer;
  /** @default as much as a repository has to say */
  control?: string;
}

/** Writes a bundle that holds these packages and nothing else, as `bundle create` does. */
export async function writePackageBundle(
  folder: string,
  packages: readonly MadePackage[],
  { key = testSigningKey(), suite = "bookworm" }: { key?: SigningKey; suite?: string } = {},
): Promise<void> {
  const writer = new BundleWriter(folder, undefined, () => undefined);
  const stanzas: string[] = [];
  for (const { name, version, content, control } of packages) {
    const path = `pool/${name}_${version}_all.deb`;
    await writer.addContent({ kind: "apt", path, version }, content);
    stanzas.push(
      packageStanza(control ?? `Package: ${name}\nVersion: ${version}\nArchitecture: all`, {
        path,
        sizeBytes: content.length,
        sha256: sha256Of(content),
      }),
    );
  }
  const pgp = { privateKey: key.privateKey, madeAt: key.madeAt, userId: "kpaas bundle <kpaas@localhost>" };
  for (const [path, content] of Object.entries(aptIndex(suite, machinePlatform().arch, stanzas, new Date(), pgp)))
    await writer.addContent({ kind: "apt", path }, content);
  await writer.finish({ kpaasVersion: "0.1.0", platform: "any", environments: ["test"] }, {}, key);
}
