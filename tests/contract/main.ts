import "../../stacks/infrastructures.ts";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { infrastructureKinds } from "../../config/infrastructure/catalog.ts";
import { type Check, type InfrastructureResult, parityTable } from "./parity.ts";

const usage = `npm run contract -- [--json] [--write]
Runs every infrastructure through one and the same contract: the real Pulumi engine, a simulated cloud.
  --json   prints {"infrastructures":[{"name","passed","checks":[...]}]} on standard output
  --write  writes docs/parity.md; without it the run fails where that file is out of date`;

const parityFile = join(import.meta.dirname, "../../docs/parity.md");

/** The part of Vitest's JSON report that is read. */
interface Report {
  success: boolean;
  testResults: { assertionResults: Assertion[] }[];
}

interface Assertion {
  ancestorTitles: string[];
  title: string;
  status: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: "boolean" }, write: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const report = await runVitest();
  const infrastructures = resultsOf(report);
  if (values.json) console.log(JSON.stringify({ infrastructures }));
  return (await checkTable(infrastructures, values.write ?? false)) && report.success ? 0 : 1;
}

/** Runs Vitest, whose own words go to standard error, so that standard output is the report's. */
async function runVitest(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "kpaas-contract-"));
  try {
    const file = join(folder, "report.json");
    const args = ["run", "--project", "contract", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const vitest = spawn("npx", ["vitest", ...args], { stdio: ["ignore", 2, 2] });
    await new Promise((resolve, reject) => vitest.once("error", reject).once("close", resolve));
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Gives the results by infrastructure. Tests outside `contractOf` count for the run's success alone. */
function resultsOf({ testResults }: Report): InfrastructureResult[] {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  return infrastructureKinds().flatMap((name) => {
    const checks = tests.filter(({ ancestorTitles }) => ancestorTitles[0] === name).map(checkOf);
    return checks.length === 0 ? [] : [{ name, passed: checks.every(({ result }) => result !== "failed"), checks }];
  });
}

function checkOf({ title, status }: Assertion): Check {
  return { name: title, result: status === "passed" ? "passed" : "failed" };
}

async function checkTable(results: InfrastructureResult[], write: boolean): Promise<boolean> {
  const table = parityTable(results);
  if (write) writeFileSync(parityFile, table);
  if (readFileSync(parityFile, { encoding: "utf8", flag: "a+" }) === table) return true;
  console.error("docs/parity.md is out of date: npm run contract -- --write");
  return false;
}

process.exitCode = await main();
