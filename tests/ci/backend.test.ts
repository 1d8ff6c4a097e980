import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../lib/eventually.ts";
import { repository } from "../../lib/repository.ts";
import { isDigest } from "../../provider/values.ts";
import { runOk } from "../harness/platform/commands.ts";
import { TestPlatform } from "../harness/platform/test-platform.ts";
import { type SimulatedCloud, startSimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { attachedTo } from "../harness/simulated-cloud/simulated-platform.ts";
import { type SimulatedMachines, startSimulatedMachines } from "../harness/simulated-machines/start.ts";
import { type Postgres, startPostgres } from "./postgres.ts";

const name = "shared-state";
const machineType = "ec2/instance:Instance";
const passphrase = "passphrase-that-all-runners-are-given";

const settings = (workers: number) => ({
  infrastructure: { kind: "aws", region: "ap-northeast-2" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { masters: { count: 1 }, workerPools: [{ name: "worker", count: workers }] },
});

let database: Postgres;
let cloud: SimulatedCloud;
let machines: SimulatedMachines;
/** Two runners, which have nothing in common but the database. */
let one: TestPlatform;
let other: TestPlatform;

beforeAll(async () => {
  one = new TestPlatform(name);
  other = new TestPlatform(name);
  [database, cloud, machines] = await Promise.all([
    startPostgres(),
    startSimulatedCloud({ name: "aws", storeFolder: join(one.folder, "cloud") }),
    startSimulatedMachines(),
  ]);
  for (const runner of [one, other]) {
    runner.addEnvironment({ ...environment(), PULUMI_CONFIG_PASSPHRASE: passphrase });
    runner.configure(settings(1));
  }
});

afterAll(async () => {
  machines?.stop();
  await Promise.all([cloud?.stop(), database?.stop()]);
  for (const runner of [one, other]) runner?.removeFolder();
});

function environment(): Record<string, string> {
  return {
    ...attachedTo(machines, cloud),
    PULUMI_BACKEND_URL: `postgres://${database.user}@127.0.0.1:${database.port}/postgres?sslmode=verify-full&sslrootcert=${database.authority}`,
    PGPASSWORD: database.password,
  };
}

const instances = () => cloud.list().filter(({ type }) => type.endsWith(machineType));

/** Gives everything in the database, as the Pulumi engine wrote it. */
const stored = () =>
  database.query("select key, convert_from(decode(data->>'data', 'base64'), 'UTF8') from pulumi_state");

const keys = (kind: string) => database.query(`select key from pulumi_state where key like '.pulumi/${kind}/%'`);

/** Runs plain Pulumi, as `./kpaas env` sets it up. Gives what it prints. */
async function pulumi(runner: TestPlatform, command: string): Promise<string> {
  const { stdout: variables } = await runner.kpaasOk("env");
  const script = `cd ${repository}\n${variables}\npulumi ${command} --stack ${name}`;
  return (await runOk("bash", ["-ec", script], { env: runnerEnvironment() })).stdout;
}

const runnerEnvironment = () => ({ ...environment(), PULUMI_CONFIG_PASSPHRASE: passphrase });

test("without a passphrase that others can be given nothing is made", async () => {
  const alone = new TestPlatform(name, environment());
  alone.configure(settings(1));
  const { code, stderr } = await alone.kpaas("up");
  alone.removeFolder();
  expect(code).toBe(2);
  expect(stderr).toContain("set PULUMI_CONFIG_PASSPHRASE");
  expect(cloud.list()).toEqual([]);
});

test("a database that cannot be reached is a user's error, without the password in its URL", async () => {
  const PULUMI_BACKEND_URL = "postgres://kpaas:secret-in-the-url@127.0.0.1:9/postgres?sslmode=disable";
  const lost = new TestPlatform(name, { ...runnerEnvironment(), PULUMI_BACKEND_URL });
  lost.configure(settings(1));
  const { code, stderr } = await lost.kpaas("up");
  lost.removeFolder();
  expect(code).toBe(2);
  expect(stderr).toContain(`the state of ${name} cannot be used`);
  expect(stderr).not.toContain("secret-in-the-url");
});

test("while one runner brings it up, another is refused", async () => {
  cloud.setFaults({ answerMillisecondsOf: { [machineType]: 8000 } });
  const first = one.kpaas("up");
  await eventually(120, async () => expect(instances().length).toBeGreaterThan(0));
  const second = await other.kpaas("up");
  cloud.setFaults({});
  expect(second.code, second.stderr).toBe(2);
  expect(second.stderr).toContain("shared-state is being changed by ");
  expect((await first).code, (await first).stderr).toBe(0);
});

test("the database holds no secret in plain text", async () => {
  const [state, rows] = [await pulumi(one, "stack export --show-secrets"), await stored()];
  const secrets = [...state.matchAll(/"plaintext": ("(?:[^"\\]|\\.)*")/g)]
    .map(([, quoted = '""']) => JSON.parse(JSON.parse(quoted)))
    .filter((value): value is string => typeof value === "string" && value.length >= 20)
    // Digests of machines' files are compared with what they were, and tell nothing of them.
    .filter((value) => !isDigest(value));
  expect(secrets.length).toBeGreaterThan(5);
  const found = secrets.filter((secret) => rows.includes(JSON.stringify(secret).slice(1, -1)));
  expect(found.map((secret) => secret.slice(0, 12))).toEqual([]);
  expect(rows).toContain('"ciphertext"');
  expect(rows).not.toContain(passphrase);
});

test("a runner that has never seen it finds it as it is", async () => {
  expect((await other.kpaasOk("preview", ["--expect-no-changes"])).stdout).toContain("no changes");
  expect((await other.kpaasOk("kubeconfig")).stdout).toContain("kind: Config");
});

test("another runner takes over what a killed run had under way, once its lock is cancelled", async () => {
  for (const runner of [one, other]) runner.configure(settings(2));
  cloud.setFaults({ answerMillisecondsOf: { [machineType]: 12_000 } });
  const before = instances().length;
  const killWhen = eventually(120, async () => expect(instances().length).toBeGreaterThan(before));
  expect((await one.kpaas("up", [], { killWhen })).code).toBeNull();
  cloud.setFaults({});
  const locked = await other.kpaas("up");
  expect(locked.code, locked.stderr).toBe(2);
  expect(locked.stderr).toMatch(/shared-state is being changed by process \d+ of \S+ on \S+, since 20/);
  expect(locked.stderr).toContain("pulumi cancel -s shared-state");
  await pulumi(other, "cancel --yes");
  const { stderr } = await other.kpaasOk("up");
  expect(stderr).toContain("taken over from it: 1 that the cloud had made unheard");
  expect(instances()).toHaveLength(before + 1);
});

test("any runner can destroy it, and no stack and no lock is left", async () => {
  await one.kpaasOk("destroy", ["--yes"]);
  expect(cloud.list()).toEqual([]);
  expect(await keys("stacks")).toBe("");
  expect(await keys("locks")).toBe("");
});
