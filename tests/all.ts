import { spawn } from "node:child_process";

/** `npm test`: one after another, but for what mostly waits, which runs beside something else. The first failure is the last. */
const phases = [
  ["optional"],
  ["check"],
  ["test:unit"],
  ["test:program", "test:provider"],
  ["contract"],
  ["test:browser"],
  ["e2e:local"],
  ["e2e:openstack"],
];

interface Outcome {
  script: string;
  passed: boolean;
  seconds: number;
  /** Where it was not shown as it was said. */
  said: Buffer;
}

async function main(): Promise<number> {
  const outcomes: Outcome[] = [];
  for (const scripts of phases) {
    outcomes.push(...(await runTogether(scripts)));
    if (outcomes.some(({ passed }) => !passed)) break;
  }
  for (const { script, passed, seconds } of outcomes)
    console.log(`${passed ? "passed" : "FAILED"}  ${script.padEnd(16)}${seconds.toFixed(0).padStart(6)} s`);
  return outcomes.every(({ passed }) => passed) ? 0 : 1;
}

/** What the first says is shown as it says it, what the others say when all have ended. */
async function runTogether(scripts: string[]): Promise<Outcome[]> {
  const outcomes = await Promise.all(scripts.map((script, index) => run(script, index === 0 ? "inherit" : "pipe")));
  for (const { said } of outcomes) process.stdout.write(said);
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
