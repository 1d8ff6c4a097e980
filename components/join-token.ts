import { createHmac } from "node:crypto";

/**
 * Gives the kubeadm bootstrap token (`[a-z0-9]{6}.[a-z0-9]{16}`) of one machine: derived, so that a second `up` renders the same
 * user-data, and its own, so that a reader of one machine's user-data learns nothing of another's.
 */
export function joinToken(seed: string, hostname: string): string {
  const digest = createHmac("sha256", seed).update(hostname).digest("hex");
  const characters = BigInt(`0x${digest}`).toString(36).padStart(50, "0").slice(-22);
  return `${characters.slice(0, 6)}.${characters.slice(6)}`;
}
