import { readFileSync } from "node:fs";

/** Linux's capabilities in the order of their bits (capability.h). */
const names = [
  ...["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP"],
  ...["LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER"],
  ...["SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE"],
  ...["SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP"],
  ...["MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF"],
  "CHECKPOINT_RESTORE",
];

/**
 * Gives the capabilities that a process's bounding set lacks: a container engine that is asked for them refuses to
 * start a container.
 */
export function missingCapabilities(status: string): string[] {
  const bounding = BigInt(`0x${status.match(/^CapBnd:\s*([0-9a-f]+)$/m)?.[1] ?? "0"}`);
  return names.filter((_, bit) => ((bounding >> BigInt(bit)) & 1n) === 0n);
}

/** Gives the capabilities that this host lacks; a container engine elsewhere is taken to have them all. */
export function hostMissingCapabilities(): string[] {
  try {
    return missingCapabilities(readFileSync("/proc/1/status", "utf8"));
  } catch {
    return [];
  }
}
