import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import type { ResourceState } from "./progress.ts";
import { environmentFolder } from "./state.ts";

const file = (name: string): string => join(environmentFolder(name), "failed-creates.json");

/**
 * Keeps what an environment's run failed to create until the next one has asked the cloud: a provider whose second request fails
 * forgets what its first one made. Our own provider's resources take over what is there by themselves.
 */
export function keepFailedCreates(name: string, failed: readonly ResourceState[]): void {
  const creates = failed.filter(({ custom, type }) => custom && !type.startsWith("kpaas:"));
  if (creates.length > 0) writeFileSync(file(name), JSON.stringify(creates, withoutSecrets), { mode: 0o600 });
}

export function readFailedCreates(name: string): ResourceState[] {
  return existsSync(file(name)) ? JSON.parse(readFileSync(file(name), "utf8")) : [];
}

export function forgetFailedCreates(name: string): void {
  rmSync(file(name), { force: true });
}

/** Events carry secrets as marks without a value, which is no property that a state could hold. */
const withoutSecrets = (_key: string, value: unknown): unknown =>
  (value as Record<string, unknown> | null)?.[specialSigKey] === specialSecretSig ? "[secret]" : value;
