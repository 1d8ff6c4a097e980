import { stringify } from "yaml";

/** Renders a text for BOSH, which reads YAML 1.1: a zone called `1` or `on` stays a string. */
export const yaml = (content: unknown): string =>
  stringify(content, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
