import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { bundledProgram } from "../bundled-program.ts";

export interface SimulatedMachines {
  /** Variables that make a Pulumi engine use it in place of its own provider, and look for no plugin of a simulated cloud. */
  environment: { PULUMI_DEBUG_PROVIDERS: string; PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: string };
  stop(): void;
}

export interface SimulatedMachinesOptions {
  /** Time until a machine that was made is a Ready node. @default 0 */
  nodeMilliseconds?: number;
  /** File to which a line is added for each node that is Ready, or leaves, as a simulated cloud does for its calls. */
  calls?: string;
}

export async function startSimulatedMachines(options: SimulatedMachinesOptions = {}): Promise<SimulatedMachines> {
  const program = await bundledProgram("tests/harness/simulated-machines/main.ts");
  const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("exit", (code) => reject(new Error(`the provider ended with ${code}`)));
    createInterface({ input: child.stdout }).once("line", (port) =>
      resolve({
        environment: { PULUMI_DEBUG_PROVIDERS: `kpaas:${port}`, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" },
        stop: () => void child.removeAllListeners("exit").kill(),
      }),
    );
  });
}
