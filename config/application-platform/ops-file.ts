/** A step of an ops file: https://bosh.io/docs/cli-ops-files/. */
export type Operation = { type: "replace"; path: string; value: unknown } | { type: "remove"; path: string };

export const replace = (path: string, value: unknown): Operation => ({ type: "replace", path, value });
