import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";

const port = 20_000 + (process.pid % 30_000);
/** Address of the forwarder, as pods ask it, and of the machine's own resolver. */
const forwarder = "127.53.0.1";
const upstream = "127.53.0.2";

let folder: string;
let file: string;
let child: ChildProcess;
let socket: Socket | undefined;
let connections: Server | undefined;
/** Names that the machine's resolver was asked for by UDP. */
let asked: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-names-"));
  file = join(folder, "resolv.conf");
  asked = [];
});

afterEach(async () => {
  child.kill("SIGKILL");
  socket?.close();
  socket = undefined;
  connections?.close();
  connections = undefined;
  rmSync(folder, { recursive: true });
});

/** A client that waits for five seconds and asks once; a new one each time, as it waits less for a server that it knows. */
const client = {
  resolve4(name: string): Promise<string[]> {
    const resolver = new Resolver({ timeout: 5000, tries: 1 });
    resolver.setServers([`${forwarder}:${port}`]);
    return resolver.resolve4(name);
  },
};

async function start(text: string): Promise<typeof client> {
  writeFileSync(file, text);
  const script = join(import.meta.dirname, "scripts/name-forwarder.py");
  child = spawn("python3", ["-I", script, forwarder, file, String(port)], { stdio: ["ignore", "ignore", "inherit"] });
  for (;;) {
    // Until it listens the kernel refuses at once.
    const error = await client.resolve4("ready.test").catch((error: NodeJS.ErrnoException) => error);
    if (!(error instanceof Error) || error.code !== "ECONNREFUSED") return client;
    await sleep(50);
  }
}

const nameIn = (query: Buffer): string => {
  const labels: string[] = [];
  for (let at = 12; query[at]; at += (query[at] ?? 0) + 1)
    labels.push(query.toString("latin1", at + 1, at + 1 + (query[at] ?? 0)));
  return labels.join(".");
};

/** Gives an answer of 192.0.2.7, or with the flag by which a client asks again by TCP. */
function answerTo(query: Buffer, { truncated = false } = {}): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
  const head = Buffer.from([
    query[0] ?? 0,
    query[1] ?? 0,
    truncated ? 0x83 : 0x81,
    0x80,
    0,
    1,
    0,
    truncated ? 0 : 1,
    0,
    0,
    0,
    0,
  ]);
  return Buffer.concat([head, query.subarray(12, end), ...(truncated ? [] : [record])]);
}

/** Starts the machine's resolver, which is silent about `silent.test` and tells `large.test` by TCP only. */
async function startUpstream(): Promise<void> {
  const udp = createSocket("udp4", (query, from) => {
    const name = nameIn(query);
    asked.push(name);
    if (name === "silent.test") return;
    udp.send(answerTo(query, { truncated: name === "large.test" }), from.port, from.address);
  });
  socket = udp.bind(port, upstream);
  await once(udp, "listening");
  connections = createServer((connection) =>
    connection.on("data", (data) => {
      const answer = answerTo(data.subarray(2));
      connection.write(Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]));
    }),
  ).listen(port, upstream);
  await once(connections, "listening");
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "answered",
    (error: NodeJS.ErrnoException) => error.code,
  );

test("what the machine's resolver knows pods are told, by UDP and by TCP", async () => {
  await startUpstream();
  const resolver = await start(`options ndots:0\nnameserver ${upstream}\n`);
  expect(await resolver.resolve4("web.test")).toEqual(["192.0.2.7"]);
  expect(await resolver.resolve4("large.test")).toEqual(["192.0.2.7"]);
  const many = await Promise.all(Array.from({ length: 50 }, (_, one) => resolver.resolve4(`host-${one}.test`)));
  expect(many).toHaveLength(50);
  expect(asked).toContain("host-49.test");
});

test.each([
  ["no resolver", ""],
  ["only itself as one", `nameserver ${forwarder}\n`],
  ["a resolver that is not there", `nameserver ${upstream}\n`],
])("a machine with %s answers at once that it cannot tell", async (_what, text) => {
  const resolver = await start(text);
  const began = performance.now();
  for (let one = 0; one < 10; one++) expect(await codeOf(resolver.resolve4("web.test"))).toBe("ESERVFAIL");
  expect(performance.now() - began).toBeLessThan(6000);
});

test("a name that is never answered costs itself only; a resolver that is silent altogether is soon asked no more", async () => {
  await startUpstream();
  const resolver = await start(`nameserver ${upstream}\n`);
  expect(await codeOf(resolver.resolve4("silent.test"))).toBe("ESERVFAIL");
  expect(await resolver.resolve4("web.test")).toEqual(["192.0.2.7"]);
  const silent = await Promise.all([1, 2, 3].map(() => codeOf(resolver.resolve4("silent.test"))));
  expect(silent).toEqual(["ESERVFAIL", "ESERVFAIL", "ESERVFAIL"]);
  const before = asked.length;
  // One probe a second goes through; the others are answered at once.
  const answers = await Promise.all(Array.from({ length: 20 }, () => codeOf(resolver.resolve4("silent.test"))));
  expect(new Set(answers)).toEqual(new Set(["ESERVFAIL"]));
  expect(asked.length - before).toBeLessThan(5);
  // It is used again as soon as it answers.
  await sleep(1100);
  expect(await resolver.resolve4("web.test")).toEqual(["192.0.2.7"]);
  expect(await resolver.resolve4("other.test")).toEqual(["192.0.2.7"]);
});

test("another resolver of the machine is taken without a restart", async () => {
  await startUpstream();
  const resolver = await start("");
  expect(await codeOf(resolver.resolve4("web.test"))).toBe("ESERVFAIL");
  writeFileSync(file, `nameserver ${upstream}\n`);
  expect(await resolver.resolve4("web.test")).toEqual(["192.0.2.7"]);
});
