import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

/** Signatures of the engine's wire format: https://github.com/pulumi/pulumi, sdk/go/common/resource/sig. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type Properties = Record<string, unknown>;

/** Gives plain values: secrets and outputs opened. */
export function plain<T>(value: T): T {
  if (Array.isArray(value)) return value.map(plain) as T;
  if (value === null || typeof value !== "object") return value;
  const record = value as Properties;
  const signature = record[signatureKey];
  if (signature === secretSignature) return plain(record.value) as T;
  if (signature === outputSignature) return ("value" in record ? plain(record.value) : unknownValue) as T;
  return Object.fromEntries(Object.entries(record).map(([key, item]) => [key, plain(item)])) as T;
}

export function secret(value: unknown): unknown {
  return { [signatureKey]: secretSignature, value };
}

/** Gives the names of the top-level properties that hold a secret anywhere below. */
export function secretKeys(properties: Properties): string[] {
  return Object.keys(properties).filter((key) => holdsSecret(properties[key]));
}

function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (value === null || typeof value !== "object") return false;
  const record = value as Properties;
  if (record[signatureKey] === secretSignature) return true;
  if (record[signatureKey] === outputSignature && record.secret === true) return true;
  return Object.values(record).some(holdsSecret);
}

/** Marks the named properties as secret. */
export function withSecrets(properties: Properties, keys: Iterable<string>): Properties {
  const wanted = new Set(keys);
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, wanted.has(key) ? secret(value) : value]),
  );
}

/** Tells whether a value holds anything that a preview does not know yet. */
export function holdsUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  if (Array.isArray(value)) return value.some(holdsUnknown);
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(holdsUnknown);
}

/** Gives a digest that stands for a value where only its change counts. */
export function digest(value: unknown): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex")}`;
}

/** Tells whether a value is a digest, and no content: no content of ours looks like one. */
export function isDigest(value: unknown): boolean {
  return typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value);
}

/** Gives the keys of `inputs` whose value differs from the state's, and keys of `known` that `inputs` has dropped. */
export function changedKeys(state: Properties, inputs: Properties, known: Iterable<string>): string[] {
  const keys = new Set([...Object.keys(inputs), ...[...known].filter((key) => key in state)]);
  return [...keys].filter((key) => !isDeepStrictEqual(state[key], inputs[key]));
}
