import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { specialSecretSig, specialSigKey } from "@pulumi/pulumi/runtime/rpc.js";
import { environmentFolder } from "./state.ts";

/** A resource as a state, or an engine's event, tells of it. */
export interface FailedCreate {
  urn: string;
  type: string;
  custom?: boolean;
  id?: string;
  /** Its URN. */
  parent?: string;
  inputs?: Record<string, unknown>;
}

const file = (name: string): string => join(environmentFolder(name), "failed-creates.json");

/**
 * Keeps what an environment's run failed to create until the next one has asked the cloud: a provider whose second request fails
 * forgets what its first one made.
 */
export function keepFailedCreates(name: string, failed: readonly FailedCreate[]): void {
  const creates = withoutSecrets(failed.filter(isAskedOfCloud));
  if (creates.length > 0) writeFileSync(file(name), JSON.stringify(creates), { mode: 0o600 });
}

export function readFailedCreates(name: string): FailedCreate[] {
  return existsSync(file(name)) ? JSON.parse(readFileSync(file(name), "utf8")) : [];
}

export function forgetFailedCreates(name: string): void {
  rmSync(file(name), { force: true });
}

/** Tells whether the cloud is asked for a resource. Our own provider's take over what is there by themselves. */
export const isAskedOfCloud = ({ custom, type }: FailedCreate): boolean =>
  custom === true && !type.startsWith("kpaas:");

/** Replaces secrets of events: marks without a value, which no state could hold. Those of a state are encrypted and stay. */
export function withoutSecrets(creates: readonly FailedCreate[]): FailedCreate[] {
  const hide = (_key: string, value: unknown): unknown => {
    const { [specialSigKey]: mark, ciphertext } = (value ?? {}) as Record<string, unknown>;
    return mark === specialSecretSig && ciphertext === hidden ? hidden : value;
  };
  return JSON.parse(JSON.stringify(creates, hide));
}

const hidden = "[secret]";
