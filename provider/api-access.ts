import type { ApiCredentials } from "./kubernetes.ts";

const newest = new Map<string, ApiCredentials>();

/** Takes note of how a cluster, told by its authority, is reached from now on. */
export function noteAccess(access: ApiCredentials): void {
  newest.set(access.caCertPem, access);
}

/**
 * Gives a cluster's newest access: what is deleted has only that of its time, and the gateway may have another address
 * since.
 */
export function newestAccess(access: ApiCredentials): ApiCredentials {
  return newest.get(access.caCertPem) ?? access;
}
