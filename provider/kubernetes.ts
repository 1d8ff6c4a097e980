import type { IncomingMessage } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import { createInterface } from "node:readline";
import { retry } from "../lib/retry.ts";

/** An administrator's access to the API server, as plain values. */
export interface ApiCredentials {
  server: string;
  /** Name in the server's certificate, whatever address it is reached at. */
  serverName: string;
  caCertPem: string;
  clientCertPem: string;
  clientKeyPem: string;
}

export interface KubernetesObject {
  metadata: { name: string; namespace?: string; resourceVersion?: string; [key: string]: unknown };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

export interface WatchEvent<T> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: T;
}

const answerSeconds = 10;
const watchSeconds = 30;

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  readonly status: number;
  /** Causes that the API server names besides: the disruption budget that keeps a pod. */
  readonly details: string[];

  constructor(status: number, message: string, details: string[] = []) {
    super(`${status}: ${message}`);
    this.status = status;
    this.details = details;
  }
}

/**
 * Client for the few calls that the installer makes of the Kubernetes API, with a client certificate.
 * It is our own, because @kubernetes/client-node costs 62 MB and a second of start-up for them.
 */
export class KubernetesApi {
  private readonly server: URL;
  private readonly agent: Agent;

  constructor({ server, serverName, caCertPem, clientCertPem, clientKeyPem }: ApiCredentials) {
    this.server = new URL(server);
    this.agent = new Agent({
      ca: caCertPem,
      cert: clientCertPem,
      key: clientKeyPem,
      servername: serverName,
      keepAlive: true,
    });
  }

  /** Gives the API's answer. @throws ApiError for any status but 2xx; the connection's own error when there is none. */
  async call<T = unknown>(method: string, path: string, body?: unknown, contentType = "application/json"): Promise<T> {
    const text = await textOf(await this.open(method, path, { body, contentType }));
    return (text.startsWith("{") ? JSON.parse(text) : text) as T;
  }

  /** Asks for a change that is not made, and gives what the API warns of. @throws as `call` does. */
  async warningsOf(method: string, path: string, body: unknown, contentType: string): Promise<string[]> {
    const response = await this.open(method, `${path}?dryRun=All`, { body, contentType });
    await textOf(response);
    // As in `299 - "the warning"`.
    const warnings = response.headersDistinct.warning ?? [];
    return warnings.map((warning) => warning.replace(/^\d+ \S+ "(.*)"$/s, "$1").replaceAll('\\"', '"'));
  }

  /** Gets an object, or undefined where it is not there. @throws as `call` does. */
  async find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.call<T>("GET", path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Deletes an object; one that is not there is fine. */
  async remove(path: string): Promise<void> {
    try {
      await this.call("DELETE", path);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  /**
   * Yields what happens to the objects of a list (its path with a query) from `resourceVersion` on: until the server ends the
   * watch, which it does every half minute, the signal aborts or the caller stops listening.
   */
  async *watch<T>(list: string, resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const path = `${list}&watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=${watchSeconds}`;
    const response = await this.open("GET", path, { signal, silenceSeconds: watchSeconds + answerSeconds });
    try {
      const status = response.statusCode ?? 0;
      if (status !== 200) throw new ApiError(status, "watch refused");
      for await (const line of createInterface({ input: response })) yield JSON.parse(line);
    } finally {
      response.destroy();
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private open(method: string, path: string, sending: Sending): Promise<IncomingMessage> {
    const { body, contentType = "application/json", signal, silenceSeconds = answerSeconds } = sending;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      path,
      signal,
      agent: this.agent,
      host: this.server.hostname,
      port: this.server.port,
      headers: {
        accept: "application/json",
        ...(text ? { "content-type": contentType, "content-length": Buffer.byteLength(text) } : {}),
      },
    };
    return new Promise((resolve, reject) => {
      const sent = request(options, resolve);
      // A server that accepts but never answers, or is cut off without a word, must not hold up a retry.
      sent.setTimeout(silenceSeconds * 1000, () => sent.destroy(new Error(`no answer within ${silenceSeconds} s`)));
      sent.on("error", reject);
      sent.end(text);
    });
  }
}

/** Reads an answer to its end. @throws ApiError for any status but 2xx. */
async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += chunk;
  const status = response.statusCode ?? 0;
  if (status < 200 || status >= 300) throw new ApiError(status, messageOf(text), causesOf(text));
  return text;
}

/** Time for an API server that restarts, and for the gateway before it to notice. */
const restartSeconds = 60;

/**
 * Repeats what may be done twice while no API server answers for it, as when a single master restarts, and where another was faster.
 * @throws a refusal at once, as it is.
 */
export async function throughRestart<T>(signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  const outcome = await retry({ timeoutSeconds: restartSeconds, signal, what: "the API server" }, async () => {
    try {
      return { answer: await attempt() };
    } catch (error) {
      if (error instanceof ApiError && !isPassing(error)) return { refusal: error };
      throw error;
    }
  });
  if ("refusal" in outcome) throw outcome.refusal;
  return outcome.answer;
}

/** Tells whether the same call may succeed a moment later: the server is not ready, has no etcd, or another has changed the object. */
function isPassing({ status, message }: ApiError): boolean {
  return [409, 503, 504].includes(status) || message.includes("etcdserver: ");
}

interface Sending {
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
  /** Seconds without a byte after which the connection counts as dead. */
  silenceSeconds?: number;
}

function messageOf(text: string): string {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text.slice(0, 200);
  }
}

function causesOf(text: string): string[] {
  try {
    const causes: { message?: string }[] = JSON.parse(text).details?.causes ?? [];
    return causes.flatMap(({ message }) => message ?? []);
  } catch {
    return [];
  }
}
