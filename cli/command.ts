import { type ParseArgsConfig, parseArgs } from "node:util";
import { UserError } from "../lib/errors.ts";

export interface Option {
  type: "boolean" | "string";
  short?: string;
  /** May be given more than once; only for strings. */
  multiple?: true;
  /** Word for the value, in capitals; only for strings. */
  placeholder?: string;
  description: string;
}

type Options = Record<string, Option>;

type Value<O extends Option> = O["type"] extends "boolean" ? boolean : O extends { multiple: true } ? string[] : string;

type Values<O extends Options> = { [K in keyof O]?: Value<O[K]> };

export interface Invocation<O extends Options = Options> {
  positionals: string[];
  values: Values<O>;
  /** Arguments after `--`. */
  rest: string[];
}

export interface Command {
  /** Text that the command's own help shows. */
  details?: string;
  options: Options;
  /** The most positional arguments it takes. */
  maxPositionals: number;
  /** Gives the exit code: 0 where it says nothing. */
  run(invocation: Invocation): Promise<number | undefined>;
}

/** Ties the types of a command's options to what its `run` receives. */
export function defineCommand<const O extends Options>(
  command: Omit<Command, "options" | "run"> & {
    options: O;
    run(invocation: Invocation<O>): Promise<number | undefined>;
  },
): Command {
  return command;
}

export const stacksOption = {
  stacks: {
    type: "string",
    placeholder: "DIR",
    description: "folder of environment files, for this command: see ./kpaas help",
  },
} as const satisfies Options;

/** Options by which a bundle is found and believed. */
export const bundleKeyOptions = {
  since: {
    type: "string",
    multiple: true,
    placeholder: "OLD",
    description: "folder of the bundle that the given one is the difference from",
  },
  key: {
    type: "string",
    placeholder: "FILE|FINGERPRINT",
    description: "key that the bundle has to be signed by; the first that is seen is trusted else",
  },
} as const satisfies Options;

/** Options of every command about an environment. */
export const commonOptions = {
  file: {
    type: "string",
    placeholder: "PATH",
    description: "environment file to use instead of Pulumi.<environment>.yaml of the environments' folder",
  },
  ...stacksOption,
  bundle: {
    type: "string",
    placeholder: "DIR",
    description:
      "take everything from this bundle, or from KPAAS_BUNDLE: see ./kpaas bundle --help; up keeps it in mind",
  },
  "no-bundle": { type: "boolean", description: "ask registries again, where up keeps a bundle in mind" },
  ...bundleKeyOptions,
} as const satisfies Options;

export const jsonOption = {
  json: { type: "boolean", description: "print one JSON document; progress goes to standard error" },
} as const satisfies Options;

export const allowLossOption = {
  "allow-loss": {
    type: "string",
    multiple: true,
    placeholder: "MACHINE",
    description: "give away what only this machine has; may be given more than once",
  },
} as const satisfies Options;

export const acceptHostKeyOption = {
  "accept-host-key": {
    type: "string",
    multiple: true,
    placeholder: "MACHINE=SHA256:...",
    description: "this host key is the machine's own although another is on record; may be given more than once",
  },
} as const satisfies Options;

export const markdownOption = {
  markdown: { type: "string", placeholder: "PATH", description: "write a report for a merge request's comment, too" },
} as const satisfies Options;

/** Reads a command's arguments. Throws UserError that shows the usage. */
export function parseInvocation(name: string, command: Command, argv: readonly string[]): Invocation {
  const end = argv.indexOf("--");
  const args = end < 0 ? [...argv] : argv.slice(0, end);
  const options: ParseArgsConfig["options"] = Object.fromEntries(
    Object.entries(command.options).map(([key, { type, short, multiple = false }]) => [
      key,
      { type, multiple, ...(short ? { short } : {}) },
    ]),
  );
  const usage = `./kpaas ${name} --help`;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    if (positionals.length > command.maxPositionals)
      throw new UserError(`too many arguments: ${positionals.slice(command.maxPositionals).join(" ")}`, usage);
    return { values: values as Invocation["values"], positionals, rest: end < 0 ? [] : argv.slice(end + 1) };
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    throw new UserError(error.message.split(". ")[0] ?? error.message, usage);
  }
}
