import { stringify } from "yaml";

/** Renders YAML as cloud-init and Go programs read it: only 1.1's mode quotes `"yes"`; long lines stay whole. */
export function toYaml(document: unknown): string {
  return stringify(document, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}

export function toYamlDocuments(documents: readonly unknown[]): string {
  return documents.map(toYaml).join("---\n");
}
