import { stringify } from "yaml";

/** A step of an ops file: https://bosh.io/docs/cli-ops-files/. */
export type Operation = { type: "replace"; path: string; value: unknown } | { type: "remove"; path: string };

export const replace = (path: string, value: unknown): Operation => ({ type: "replace", path, value });

/** A text for BOSH, which reads YAML 1.1: a zone called `1` or `on` stays a string. */
export const yaml = (content: unknown): string =>
  stringify(content, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
