import type { Properties } from "../../../provider/values.ts";

/** A part of an object that an update would change. */
export interface ChangedPath {
  /** Its path as Pulumi writes it: `metadata["user-data"]`, `networkInterfaces[0].networkIp`. */
  path: string;
  /** The top-level property that it is in. */
  key: string;
  kind: "ADD" | "DELETE" | "UPDATE";
}

/**
 * Gives the paths at which an object would differ from what is wanted of it. What the cloud has filled in, by the names in `fills`,
 * is no difference; at the top it may have filled in whatever was not `given`.
 */
export function changedPaths(
  state: Properties,
  wanted: Properties,
  { given, fills = [] }: { given: Properties; fills?: readonly string[] },
): ChangedPath[] {
  const dropped = Object.keys(given).filter((key) => key in state && !(key in wanted));
  return [
    ...Object.keys(wanted).flatMap((key) =>
      changes(state[key], wanted[key], fills, joined("", key)).map((change) => ({ ...change, key })),
    ),
    ...dropped.map((key): ChangedPath => ({ path: joined("", key), key, kind: "DELETE" })),
  ];
}

type Change = Omit<ChangedPath, "key">;

function changes(has: unknown, wants: unknown, fills: readonly string[], path: string): Change[] {
  if (Array.isArray(has) && Array.isArray(wants))
    return Array.from({ length: Math.max(has.length, wants.length) }, (_, index) =>
      changes(has[index], wants[index], fills, `${path}[${index}]`),
    ).flat();
  if (isObject(has) && isObject(wants)) {
    const keys = new Set([...Object.keys(wants), ...Object.keys(has).filter((key) => !fills.includes(key))]);
    const all = [...keys].flatMap((key) => changes(has[key], wants[key], fills, joined(path, key)));
    return all;
  }
  if (has === wants) return [];
  if (has === undefined || has === null) return [{ path, kind: "ADD" }];
  return [{ path, kind: wants === undefined ? "DELETE" : "UPDATE" }];
}

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function joined(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}["${key.replaceAll('"', '\\"')}"]`;
  return path ? `${path}.${key}` : key;
}
