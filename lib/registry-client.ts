import { createHash } from "node:crypto";
import type { ClientRequest, IncomingMessage } from "node:http";
import { type Agent, request } from "node:https";
import { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { z } from "zod";
import { UserError } from "./errors.ts";

/** A blob as manifests name it. */
export interface Blob {
  digest: string;
  sizeBytes: number;
}

/** An image registry that takes a login with each request. */
export interface RegistryAccess {
  /** `host:port`, as requests name it. */
  endpoint: string;
  user: string;
  password: string;
  /** Way of its connections, TLS included. The client closes it. */
  agent: Agent;
  /** Words for what goes wrong. */
  failures: RegistryFailures;
  /** Ends what is under way. */
  signal?: AbortSignal;
}

export interface RegistryFailures {
  /** Gives the error of an answer that is a refusal. `said`: the codes and messages of its body. */
  refused(what: string, status: number | undefined, said: string): Error;
  unanswered(endpoint: string, reason: string): Error;
}

interface Sent {
  headers?: Record<string, string | number>;
  body?: Readable;
  /** Statuses that are answers, not failures. */
  expected: readonly number[];
  /** Thing that is asked for, in a failure. */
  what: string;
}

/** Time without a sign of life after which a connection is given up. */
const idleTimeoutMs = 120_000;

/** Media types of manifests, as a registry is asked for them. */
export const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

const errorsForm = z.object({ errors: z.array(z.object({ code: z.string(), message: z.string().optional() })) });
const repositoriesForm = z.object({ repositories: z.array(z.string()).nullable() });
const tagsForm = z.object({ tags: z.array(z.string()).nullable() });

/** A client of an image registry, by the OCI distribution API. */
export class RegistryClient {
  private readonly access: RegistryAccess;

  constructor(access: RegistryAccess) {
    this.access = access;
  }

  close(): void {
    this.access.agent.destroy();
  }

  async repositories(): Promise<string[]> {
    const names: string[] = [];
    let path: string | undefined = "/v2/_catalog?n=500";
    while (path !== undefined) {
      const answer: IncomingMessage = await this.send("GET", path, {
        expected: [200],
        what: "its list of repositories",
      });
      names.push(...(repositoriesForm.parse(await json(answer)).repositories ?? []));
      path = nextPage(answer.headers.link);
    }
    return names.sort();
  }

  /** Gives a repository's tags; none where all were removed. */
  async tags(repository: string): Promise<string[]> {
    const what = `the tags of ${repository}`;
    const answer = await this.send("GET", `/v2/${repository}/tags/list`, { expected: [200, 404], what });
    if (answer.statusCode === 404) {
      answer.resume();
      return [];
    }
    return (tagsForm.parse(await json(answer)).tags ?? []).sort();
  }

  /** Gives the digest of what a tag stands for; undefined where there is none. */
  async manifestDigest(repository: string, tag: string): Promise<string | undefined> {
    const what = `whether it has ${repository}:${tag}`;
    const { statusCode, headers } = await this.ask("HEAD", `/v2/${repository}/manifests/${tag}`, {
      headers: { accept: manifestTypes.join(", ") },
      expected: [200, 404],
      what,
    });
    if (statusCode === 404) return undefined;
    const digest = headers["docker-content-digest"];
    if (typeof digest !== "string") throw new Error(`the registry, asked ${what}, named no digest`);
    return digest;
  }

  async hasBlob(repository: string, digest: string): Promise<boolean> {
    const { statusCode } = await this.ask("HEAD", `/v2/${repository}/blobs/${digest}`, {
      expected: [200, 404],
      what: `whether ${repository} has ${digest}`,
    });
    return statusCode === 200;
  }

  /** Takes over a blob that another repository has. Gives false where it has not, or may not be taken from. */
  async mountBlob(repository: string, digest: string, from: string): Promise<boolean> {
    const { statusCode } = await this.ask("POST", `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${from}`, {
      headers: { "content-length": 0 },
      expected: [201, 202],
      what: `to take ${digest} from ${from} into ${repository}`,
    });
    return statusCode === 201;
  }

  /** Stores a blob whose digest is known, which the registry checks. */
  async putBlob(repository: string, { digest, sizeBytes }: Blob, body: Readable): Promise<void> {
    const place = await this.beginUpload(repository);
    place.searchParams.set("digest", digest);
    await this.ask("PUT", pathOf(place), {
      headers: { "content-type": "application/octet-stream", "content-length": sizeBytes },
      body,
      expected: [201],
      what: `to take ${digest} into ${repository}`,
    });
  }

  /** Stores a blob as it comes; gives its digest. */
  async putStream(repository: string, body: Readable): Promise<Blob> {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    async function* measured(): AsyncGenerator<Buffer> {
      for await (const chunk of body) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    }
    const what = `to take a layer into ${repository}`;
    const { headers } = await this.ask("PATCH", pathOf(await this.beginUpload(repository)), {
      headers: { "content-type": "application/octet-stream" },
      body: Readable.from(measured()),
      expected: [202],
      what,
    });
    const digest = `sha256:${hash.digest("hex")}`;
    const place = this.placeOf(headers.location, what);
    place.searchParams.set("digest", digest);
    await this.ask("PUT", pathOf(place), { headers: { "content-length": 0 }, expected: [201], what });
    return { digest, sizeBytes };
  }

  /** Stores a manifest under a tag or its digest. */
  async putManifest(repository: string, reference: string, mediaType: string, manifest: Buffer): Promise<void> {
    await this.ask("PUT", `/v2/${repository}/manifests/${reference}`, {
      headers: { "content-type": mediaType, "content-length": manifest.length },
      body: Readable.from([manifest]),
      expected: [201],
      what: `to take the manifest ${reference} into ${repository}`,
    });
  }

  private async beginUpload(repository: string): Promise<URL> {
    const what = `to take an upload into ${repository}`;
    const { headers } = await this.ask("POST", `/v2/${repository}/blobs/uploads/`, {
      headers: { "content-length": 0 },
      expected: [202],
      what,
    });
    return this.placeOf(headers.location, what);
  }

  private placeOf(location: string | undefined, what: string): URL {
    if (location === undefined) throw new Error(`the registry, asked ${what}, named no place`);
    return new URL(location, `https://${this.access.endpoint}`);
  }

  /** Sends a request whose answer's body says nothing. */
  private async ask(method: string, path: string, sent: Sent): Promise<IncomingMessage> {
    const answer = await this.send(method, path, sent);
    answer.resume();
    return answer;
  }

  private async send(method: string, path: string, { headers, body, expected, what }: Sent): Promise<IncomingMessage> {
    const { endpoint, user, password, agent, failures, signal } = this.access;
    const { hostname: host, port } = new URL(`https://${endpoint}`);
    const outgoing = request({ host, port, method, path, headers, auth: `${user}:${password}`, agent, signal });
    outgoing.setTimeout(idleTimeoutMs, () => outgoing.destroy(new Error(`silent for ${idleTimeoutMs / 1000} s`)));
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once("response", resolve).on("error", reject);
      outgoing.once("close", () => reject(new Error("it closed the connection")));
    });
    const sent = new Promise<void>((resolve) => outgoing.once("finish", resolve).once("close", resolve));
    let answer: IncomingMessage;
    try {
      if (body) transmit(body, outgoing);
      else outgoing.end();
      answer = await answered;
    } catch (error) {
      signal?.throwIfAborted();
      const { code, message } = error as NodeJS.ErrnoException;
      // The gateway lets go of a connection that was idle while an archive was read.
      if (!body && outgoing.reusedSocket && code === "ECONNRESET")
        return this.send(method, path, { headers, expected, what });
      throw body?.errored instanceof UserError ? body.errored : failures.unanswered(endpoint, code ?? message);
    }
    if (expected.includes(answer.statusCode ?? 0)) {
      // Node gives a connection back twice, and then to two requests, where an answer ends before its request does.
      await sent;
      return answer;
    }
    const said = await saidBy(answer);
    outgoing.destroy();
    throw failures.refused(what, answer.statusCode, said);
  }
}

/** Sends a body. Not by a pipeline, which closes the request with its connection once all is sent, sooner than the answer at times. */
function transmit(body: Readable, outgoing: ClientRequest): void {
  body.once("error", (error) => outgoing.destroy(error));
  outgoing.once("close", () => body.destroy());
  body.pipe(outgoing);
}

const pathOf = ({ pathname, search }: URL): string => `${pathname}${search}`;

/** Gives the path of the next page that a Link header names, as RFC 5988 writes it. */
function nextPage(link: string | string[] | undefined): string | undefined {
  const [, address] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(link ?? "")) ?? [];
  return address && pathOf(new URL(address, "https://registry"));
}

async function saidBy(answer: IncomingMessage): Promise<string> {
  const body = await json(answer).catch(() => undefined);
  const { data } = errorsForm.safeParse(body);
  return data?.errors.map(({ code, message }) => `${code} ${message ?? ""}`.trim()).join("; ") ?? "";
}
