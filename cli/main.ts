import { UserError } from "../lib/errors.ts";
import { nearest } from "../lib/suggest.ts";
import { note, print, style } from "../lib/terminal.ts";
import { shownPath, stacksFolder, useStacksFolder } from "../operations/stacks-folder.ts";
import { failedStepsOf } from "../operations/steps.ts";
import { bugReport } from "./bug-report.ts";
import { withBundle } from "./bundle-option.ts";
import { parseInvocation } from "./command.ts";
import { type CommandEntry, commands } from "./commands/index.ts";
import { commandHelp, generalHelp } from "./help.ts";

const isHelp = (word: string | undefined): boolean => word === "--help" || word === "-h";

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || isHelp(name)) return showGeneralHelp();
  if (name === "help") return rest[0] === undefined ? showGeneralHelp() : showHelp(find(rest[0]));
  if (name === "--version") return main(["version"]);
  const entry = find(name);
  const ownArguments = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (ownArguments.some(isHelp)) return showHelp(entry);
  const command = await entry.load();
  const invocation = parseInvocation(name, command, rest);
  const { stacks } = invocation.values;
  if (typeof stacks === "string") useStacksFolder(stacks);
  if (!("bundle" in command.options)) return (await command.run(invocation)) ?? 0;
  return withBundle(invocation, async () => (await command.run(invocation)) ?? 0, name === "up");
}

function find(name: string): CommandEntry {
  const entry = commands.find((command) => command.name === name);
  if (entry) return entry;
  const meant = nearest(
    name,
    commands.map((command) => command.name),
  );
  throw new UserError(`there is no command ${name}`, meant ? `did you mean: ./kpaas ${meant}` : "./kpaas help");
}

async function showGeneralHelp(): Promise<number> {
  await print(generalHelp(commands, shownPath(stacksFolder())));
  return 0;
}

async function showHelp(entry: CommandEntry): Promise<number> {
  await print(commandHelp(entry, await entry.load()));
  return 0;
}

/** Reports an error. Gives the exit code: 2 for what the user can mend, 1 for what is broken here. */
function report(error: unknown): number {
  if (error instanceof UserError) {
    note(`${style("red", "error:")} ${error.message}`);
    if (error.next) note(`${style("cyan", "next:")} ${error.next}`);
    return 2;
  }
  note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const steps = error instanceof Error ? failedStepsOf(error) : [];
  if (steps.length > 0) note(`while it was to ${steps.join(": ")}`);
  note(`${style("red", "error:")} this is a bug in kpaas`);
  const [where, withWhat] = bugReport();
  note(`${style("cyan", "next:")} ${where}`);
  note(`      ${withWhat}`);
  return 1;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.exit(report(error));
}
