import { spawn } from "node:child_process";
import { type Lane, stages } from "./stages.ts";

interface Outcome {
  script: string;
  passed: boolean;
  seconds: number;
  /** Output that was not shown while the stage ran. */
  said: Buffer;
}

/** Runs stages one after another. A failure ends its lane, and its stage is the last. */
async function main(): Promise<number> {
  const outcomes: Outcome[] = [];
  for (const lanes of stages) {
    outcomes.push(...(await runBeside(lanes)));
    if (outcomes.some(({ passed }) => !passed)) break;
  }
  for (const { script, passed, seconds } of outcomes)
    console.log(`${passed ? "passed" : "FAILED"}  ${script.padEnd(16)}${seconds.toFixed(0).padStart(6)} s`);
  return outcomes.every(({ passed }) => passed) ? 0 : 1;
}

/** Runs lanes beside each other. The first lane's output is shown at once, that of the others when all have ended. */
async function runBeside(lanes: Lane[]): Promise<Outcome[]> {
  const outcomes = (
    await Promise.all(lanes.map((lane, index) => runLane(lane, index === 0 ? "inherit" : "pipe")))
  ).flat();
  for (const { said } of outcomes) process.stdout.write(said);
  return outcomes;
}

async function runLane(lane: Lane, stdio: "inherit" | "pipe"): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const script of lane) {
    const outcome = await run(script, stdio);
    outcomes.push(outcome);
    if (!outcome.passed) break;
  }
  return outcomes;
}

function run(script: string, stdio: "inherit" | "pipe"): Promise<Outcome> {
  const began = performance.now();
  const child = spawn("npm", ["run", script], { stdio: ["ignore", stdio, stdio] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => said.push(data));
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => {
      const seconds = (performance.now() - began) / 1000;
      resolve({ script, passed: code === 0, seconds, said: Buffer.concat(said) });
    });
  });
}

process.exitCode = await main();
