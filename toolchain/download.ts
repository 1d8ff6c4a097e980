import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UserError } from "../lib/errors.ts";
import type { Report } from "../lib/run.ts";
import { bundleInUse } from "./air-gap/in-use.ts";

/** The network or the server did not give it: another source may. */
export class SourceUnavailable extends Error {}

const connectTimeoutSeconds = 3;
const answerTimeoutSeconds = 20;
const stallTimeoutSeconds = 60;
const reportEverySeconds = 5;

const connections = new Map<string, Promise<void>>();

/** Fails within seconds where a packet filter swallows everything, and asks each host only once per process. */
export function hostAnswers({ host, hostname, port, protocol }: URL): Promise<void> {
  const inUse = bundleInUse();
  if (inUse) throw new SourceUnavailable(`${host} is not asked, as all comes from the bundle ${inUse.folder}`);
  const known = connections.get(host);
  if (known) return known;
  const answer = new Promise<void>((resolve, reject) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (protocol === "http:" ? 80 : 443),
    });
    const fail = (reason: string) => reject(new SourceUnavailable(`${host} cannot be reached (${reason})`));
    const timer = setTimeout(() => {
      fail(`no connection within ${connectTimeoutSeconds} s`);
      socket.destroy();
    }, connectTimeoutSeconds * 1000);
    socket.once("connect", () => resolve());
    socket.once("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    socket.once("connect", () => socket.destroy());
    socket.once("close", () => clearTimeout(timer));
  });
  connections.set(host, answer);
  return answer;
}

/** Gives up when nothing was heard for the time last asked for. */
class Watchdog {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  readonly signal = this.#controller.signal;

  expectWithin(seconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(new Error(`nothing heard for ${seconds} s`)), seconds * 1000);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

async function withResponse<T>(
  url: string,
  headers: Record<string, string>,
  use: (response: Response, watchdog: Watchdog) => Promise<T>,
): Promise<T> {
  const address = new URL(url);
  await hostAnswers(address);
  const watchdog = new Watchdog();
  watchdog.expectWithin(answerTimeoutSeconds);
  try {
    const response = await fetch(address, { headers, signal: watchdog.signal });
    if (!response.ok) throw new SourceUnavailable(`${url}: HTTP ${response.status}`);
    watchdog.expectWithin(stallTimeoutSeconds);
    return await use(response, watchdog);
  } catch (error) {
    if (error instanceof SourceUnavailable || error instanceof UserError || isLocal(error)) throw error;
    const cause =
      error instanceof Error ? (error.cause instanceof Error ? error.cause : error) : new Error(String(error));
    throw new SourceUnavailable(`${url}: ${cause.message}`);
  } finally {
    watchdog.stop();
  }
}

/** Tells whether the cause lies on this machine: a full disk or a missing folder is no reason to try another source. */
const isLocal = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error && ["open", "write"].includes(String(error.syscall)) && "path" in error;

/**
 * Fetches the SHA-256 (hex) that a checksum file states: for `fileName` in a list, else the file's only one. Throws
 * SourceUnavailable.
 */
export async function fetchChecksum(url: string, fileName?: string): Promise<string> {
  const checksum = findChecksum(await withResponse(url, {}, (response) => response.text()), fileName);
  // Not a checksum at all is what a captive portal or an error page gives.
  if (!checksum) throw new SourceUnavailable(`${url} holds no SHA-256 checksum${fileName ? ` of ${fileName}` : ""}`);
  return checksum;
}

export function findChecksum(text: string, fileName?: string): string | undefined {
  for (const line of text.trim().split("\n")) {
    const [checksum, name] = line.trim().split(/\s+\*?/);
    if (checksum && /^[0-9a-f]{64}$/i.test(checksum) && (fileName === undefined || name === fileName))
      return checksum.toLowerCase();
  }
  return undefined;
}

export interface Download {
  url: string;
  /** Path that it is written to; removed again when the download fails. */
  file: string;
  /** SHA-256, hex. */
  sha256: string;
  /** Name of it, for progress and errors. */
  label: string;
  headers?: Record<string, string>;
}

/** Downloads and verifies a file. Throws SourceUnavailable when it cannot be had, UserError when it is not what was promised. */
export async function download({ url, file, sha256, label, headers = {} }: Download, report: Report): Promise<void> {
  try {
    const actual = await withResponse(url, headers, async (response, watchdog) => {
      const hash = createHash("sha256");
      const totalBytes = Number(response.headers.get("content-length"));
      let bytes = 0;
      let reportedAt = Date.now();
      report(`downloading ${label}`);
      const watch = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          watchdog.expectWithin(stallTimeoutSeconds);
          hash.update(chunk);
          bytes += chunk.length;
          if (Date.now() - reportedAt > reportEverySeconds * 1000) {
            reportedAt = Date.now();
            report(`downloading ${label}: ${megabytes(bytes)}${totalBytes ? ` of ${megabytes(totalBytes)}` : ""} MB`);
          }
          done(null, chunk);
        },
      });
      if (!response.body) throw new SourceUnavailable(`${url}: empty answer`);
      await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(file), { signal: watchdog.signal });
      return hash.digest("hex");
    });
    if (actual !== sha256)
      throw new UserError(
        `${label} from ${url} has SHA-256 ${actual}, but its publisher states ${sha256}: it was changed on the way and is not used`,
        "check the proxy or mirror between here and the publisher, then try again",
      );
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
