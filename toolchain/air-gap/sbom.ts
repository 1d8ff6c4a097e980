import { randomUUID } from "node:crypto";
import type { Content } from "./format.mjs";

/** A part of a bundle, as its bill of materials has it. */
export interface Component {
  type: "application" | "library" | "container" | "operating-system" | "file";
  name: string;
  version?: string;
  /** SPDX expression. */
  licence?: string;
  /** Package URL: https://github.com/package-url/purl-spec */
  purl?: string;
  content?: Partial<Content>;
}

/** Renders a CycloneDX 1.6 document: https://cyclonedx.org/docs/1.6/json/ */
export function cycloneDx(kpaasVersion: string, components: readonly Component[], at: Date): string {
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: at.toISOString(),
      component: { type: "application", "bom-ref": "kpaas", name: "kpaas", version: kpaasVersion },
    },
    components: withReferences(components).map(({ reference, type, name, version, licence, purl, content }) => ({
      type,
      "bom-ref": reference,
      name,
      ...(version ? { version } : {}),
      ...(content?.sha256 ? { hashes: [{ alg: "SHA-256", content: content.sha256 }] } : {}),
      ...(licence ? { licenses: [{ expression: licence }] } : {}),
      ...(purl ? { purl } : {}),
    })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** Gives each component a reference of its own. */
function withReferences(components: readonly Component[]): (Component & { reference: string })[] {
  const byReference = new Map<string, Component & { reference: string }>();
  for (const one of components) {
    const reference = one.purl ?? `${one.type}:${one.name}@${one.version ?? ""}`;
    if (!byReference.has(reference)) byReference.set(reference, { ...one, reference });
  }
  return [...byReference.values()];
}

/** Renders package URLs; each part of a name is encoded by itself. */
export const purls = {
  npm: (name: string, version: string) => `pkg:npm/${name.replace("@", "%40")}@${version}`,
  go: (name: string, version: string) => `pkg:golang/${name}@${encodeURIComponent(version)}`,
  deb: (name: string, version: string, architecture: string) =>
    `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`,
  image: (reference: string, digest: string) => {
    const [place = ""] = reference.split(":");
    const name = place.slice(place.lastIndexOf("/") + 1);
    return `pkg:oci/${name}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(place)}`;
  },
  program: (name: string, version: string) => `pkg:generic/${name}@${version}`,
} as const;
