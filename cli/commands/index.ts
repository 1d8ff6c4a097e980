import type { Command } from "../command.ts";

export interface CommandEntry {
  name: string;
  /** Arguments after `./kpaas <name>`, as help shows them. */
  usage: string;
  summary: string;
  /** Loads the command's own file only when it is used: help must be quick. */
  load(): Promise<Command>;
}

/** Every command, in the order of help. */
export const commands: readonly CommandEntry[] = [
  {
    name: "up",
    usage: "ENVIRONMENT",
    summary: "Bring an environment up, or change it to what its file says now",
    load: async () => (await import("./up.ts")).up,
  },
  {
    name: "plan",
    usage: "[ENVIRONMENT] [--against OTHER]",
    summary: "Show what an environment is made of and costs, without a cloud",
    load: async () => (await import("./plan.ts")).plan,
  },
  {
    name: "preview",
    usage: "[ENVIRONMENT]",
    summary: "Show what up would change, and change nothing",
    load: async () => (await import("./preview.ts")).preview,
  },
  {
    name: "upgrade",
    usage: "ENVIRONMENT [--to VERSION] [--images]",
    summary: "Go to another Kubernetes version or to the present images, in order",
    load: async () => (await import("./upgrade.ts")).upgrade,
  },
  {
    name: "maintain",
    usage: "ENVIRONMENT [--now]",
    summary: "Bring security updates to the machines' packages, one machine at a time",
    load: async () => (await import("./maintain.ts")).maintain,
  },
  {
    name: "comment",
    usage: "ENVIRONMENT FILE...",
    summary: "Post reports as a comment on the merge request that CI runs for",
    load: async () => (await import("./comment.ts")).comment,
  },
  {
    name: "refresh",
    usage: "[ENVIRONMENT]",
    summary: "Take what is really there into the state; up then mends what differs",
    load: async () => (await import("./refresh.ts")).refresh,
  },
  {
    name: "status",
    usage: "[ENVIRONMENT]",
    summary: "Show machines, addresses, nodes and certificates as they are now",
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "verify",
    usage: "[ENVIRONMENT]",
    summary: "Check that an environment works, by using it",
    load: async () => (await import("./verify.ts")).verify,
  },
  {
    name: "kubeconfig",
    usage: "[ENVIRONMENT] [--output FILE] [--merge]",
    summary: "Print an administrator's kubeconfig, write it to a file, or put it into kubectl's own",
    load: async () => (await import("./kubeconfig.ts")).kubeconfig,
  },
  {
    name: "registry",
    usage: "login|open|push|list ENVIRONMENT [IMAGE]",
    summary: "Log docker or podman in at the image registry, push an image, list what it has",
    load: async () => (await import("./registry.ts")).registry,
  },
  {
    name: "bundle",
    usage: "create|verify|push|key [...]",
    summary: "Make, check and use one folder with all that environments need, for sites without Internet",
    load: async () => (await import("./bundle.ts")).bundle,
  },
  {
    name: "database",
    usage: "ENVIRONMENT [CONSUMER] [--connect]",
    summary: "Show how a consumer reaches its database, or open a client there",
    load: async () => (await import("./database.ts")).database,
  },
  {
    name: "ssh",
    usage: "[ENVIRONMENT] MACHINE [-- COMMAND...]",
    summary: "Open a shell in a machine, or run a command there",
    load: async () => (await import("./ssh.ts")).ssh,
  },
  {
    name: "logs",
    usage: "[ENVIRONMENT] MACHINE [--follow]",
    summary: "Show a machine's boot log",
    load: async () => (await import("./logs.ts")).logs,
  },
  {
    name: "destroy",
    usage: "ENVIRONMENT [--yes]",
    summary: "Remove an environment: machines, disks and their data, state, passphrase",
    load: async () => (await import("./destroy.ts")).destroy,
  },
  {
    name: "init",
    usage: "DIR [--ci github|gitlab]",
    summary: "Make a folder of a team's own environments, apart from the clone",
    load: async () => (await import("./init.ts")).init,
  },
  {
    name: "doctor",
    usage: "",
    summary: "Check what this machine has for bringing environments up",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "env",
    usage: "[ENVIRONMENT]",
    summary: "Print shell exports with which plain pulumi works on the same state",
    load: async () => (await import("./env.ts")).env,
  },
  {
    name: "version",
    usage: "",
    summary: "Show the versions of kpaas and of what it uses",
    load: async () => (await import("./version.ts")).version,
  },
];
