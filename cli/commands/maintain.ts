import { note, print, printJson } from "../../lib/terminal.ts";
import { loadEnvironment, requireEnvironment } from "../../operations/environments.ts";
import { maintain as maintainPlatform, OutsideWindow } from "../../operations/maintain.ts";
import { maintenanceText } from "../../report/text/maintenance.ts";
import { allowLossOption, commonOptions, defineCommand, jsonOption } from "../command.ts";
import { endOperation } from "../end-operation.ts";

/** Nothing was done: the window is closed. */
const outsideWindow = 5;
/** The window ended before all machines had their turn. */
const goesOnLater = 6;

export const maintain = defineCommand({
  details:
    "Brings security updates of the distribution's packages to each machine in turn, in the order in which up changes them, and restarts\n" +
    "a machine where that is needed (maintenance.reboot). Workers are drained before. At the end of maintenance.window no further\n" +
    "machine begins, and the next run goes on with the rest. What else the file says is brought about, too, as by up.\n" +
    `Exit code: ${outsideWindow} outside the window, with nothing done; ${goesOnLater} where the window ended before all machines had their turn.`,
  options: {
    now: { type: "boolean", description: "begin at once and end with the last machine, whatever the window" },
    ...allowLossOption,
    ...jsonOption,
    ...commonOptions,
  },
  maxPositionals: 1,
  async run({ positionals: [given], values: { now, file, json, "allow-loss": losses } }) {
    const name = requireEnvironment(given, "maintain");
    const loaded = await loadEnvironment(name, file);
    try {
      const { result, maintenance } = await maintainPlatform(loaded, { now, losses });
      const told = { ...result, maintenance };
      const exitCode = await endOperation(told, json, [
        `./kpaas status ${name}     the age of its packages, and machines that ask for a restart`,
      ]);
      if (exitCode !== 0) return exitCode;
      if (!json) await print(maintenanceText(maintenance));
      return maintenance.left.length > 0 ? goesOnLater : 0;
    } catch (error) {
      if (!(error instanceof OutsideWindow)) throw error;
      const { window, nextWindow } = error;
      if (json)
        await printJson({ environment: name, command: "maintain", result: "outside-window", window, nextWindow });
      note(error.message);
      if (error.next) note(`next: ${error.next}`);
      return outsideWindow;
    }
  },
});
