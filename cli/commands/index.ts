import type { Command } from "../command.ts";

export interface CommandEntry {
  name: string;
  /** A command's own file is loaded only when it is used: `--help` must be quick. */
  load(): Promise<Command>;
}

/** Every command, in the order of help. */
export const commands: readonly CommandEntry[] = [
  entry("up", async () => (await import("./up.ts")).up),
  entry("preview", async () => (await import("./preview.ts")).preview),
  entry("refresh", async () => (await import("./refresh.ts")).refresh),
  entry("status", async () => (await import("./status.ts")).status),
  entry("verify", async () => (await import("./verify.ts")).verify),
  entry("kubeconfig", async () => (await import("./kubeconfig.ts")).kubeconfig),
  entry("ssh", async () => (await import("./ssh.ts")).ssh),
  entry("logs", async () => (await import("./logs.ts")).logs),
  entry("destroy", async () => (await import("./destroy.ts")).destroy),
  entry("doctor", async () => (await import("./doctor.ts")).doctor),
  entry("env", async () => (await import("./env.ts")).env),
  entry("version", async () => (await import("./version.ts")).version),
];

function entry(name: string, load: CommandEntry["load"]): CommandEntry {
  return { name, load };
}
