import { table } from "../lib/terminal.ts";
import type { Command } from "./command.ts";
import type { CommandEntry } from "./commands/index.ts";

/** Renders the help on all commands. `stacks`: the folder that environment files are read from. */
export function generalHelp(commands: readonly CommandEntry[], stacks: string): string {
  const rows = commands.map(({ name, usage, summary }) => [`  ${name}${usage ? ` ${usage}` : ""}`, summary]);
  return `K-PaaS from one environment file.

Usage: ./kpaas COMMAND [ARGUMENTS]

Commands:
${table(rows)}

ENVIRONMENT names a file Pulumi.<environment>.yaml of ${stacks}; \`local\` brings a platform up on this machine.
Where it is optional it is the only environment that is up, else \`local\`.

Environment files are read from the folder that --stacks or KPAAS_STACKS_DIR names, else from the nearest folder made by
\`init\` at or above the working directory, else from the clone's stacks/, which holds examples.

./kpaas help COMMAND shows a command's options. Start with: ./kpaas up local`;
}

export function commandHelp({ name, usage, summary }: CommandEntry, command: Command): string {
  const options = Object.entries({
    ...command.options,
    help: { type: "boolean", short: "h", description: "show this", placeholder: undefined } as const,
  }).map(([key, { short, placeholder, description }]) => [
    `  ${short ? `-${short}, ` : ""}--${key}${placeholder ? ` ${placeholder}` : ""}`,
    description,
  ]);
  return [
    `${summary}.`,
    `Usage: ./kpaas ${name}${usage ? ` ${usage}` : ""}`,
    ...(command.details ? [command.details] : []),
    `Options:\n${table(options)}`,
  ].join("\n\n");
}
