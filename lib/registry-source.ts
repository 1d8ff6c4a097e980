import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { json } from "node:stream/consumers";
import { rootCertificates } from "node:tls";
import { z } from "zod";
import { UserError } from "./errors.ts";
import { manifestTypes } from "./registry-client.ts";

export interface SourceAccess {
  /** Address below which its repositories are: `https://registry-1.docker.io/v2`. */
  base: string;
  /** Authority that vouches for it, besides the public ones. */
  caCertPem?: string;
  login?: { name: string; password: string };
  /** Ends what is under way. */
  signal?: AbortSignal;
}

/** A manifest or an index as a registry gave it. */
export interface SourceManifest {
  mediaType: string;
  digest: string;
  content: Buffer;
}

/** Thrown where a registry did not give what it was asked for; `message` is what it said, in a few words. */
export class SourceRefusal extends UserError {
  /** True where asking again may help. */
  readonly isPassing: boolean;

  constructor(said: string, isPassing = false) {
    super(said);
    this.isPassing = isPassing;
  }
}

const connectTimeoutMs = 10_000;
const idleTimeoutMs = 60_000;
const mostRedirections = 5;
/** Size above which no registry takes a manifest. */
const largestManifestBytes = 4 * 2 ** 20;

const tokenForm = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** A registry that is read by the OCI distribution API, as nodes do: with a token where it gives one to everybody, or a login. */
export class RegistrySource {
  private readonly access: SourceAccess;
  private readonly agent: Agent;
  /** Values of the Authorization header by repository. */
  private readonly authorizations = new Map<string, string>();
  private hasAnswered = false;
  /** Why it cannot be reached, once that is known: nobody waits for the same again. */
  private outOfReach: SourceRefusal | undefined;

  constructor(access: SourceAccess) {
    this.access = access;
    const { caCertPem } = access;
    this.agent = new Agent({ keepAlive: true, ...(caCertPem ? { ca: [...rootCertificates, caCertPem] } : {}) });
  }

  close(): void {
    this.agent.destroy();
  }

  /** Gives a manifest by tag or digest; by digest, what it gives is checked. Throws SourceRefusal. */
  async manifest(repository: string, reference: string): Promise<SourceManifest> {
    const answer = await this.get(repository, `manifests/${reference}`, manifestTypes.join(", "));
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of answer) {
        size += chunk.length;
        if (size > largestManifestBytes) throw new SourceRefusal("its manifest is larger than 4 MiB");
        chunks.push(chunk);
      }
    } catch (error) {
      throw this.failure(error);
    }
    const content = Buffer.concat(chunks);
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    if (reference.startsWith("sha256:") && reference !== digest)
      throw new SourceRefusal(`what it gives for ${reference} has another digest`);
    return { mediaType: (answer.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "", digest, content };
  }

  /** Opens a blob, unchecked. Throws SourceRefusal. */
  blob(repository: string, digest: string): Promise<IncomingMessage> {
    return this.get(repository, `blobs/${digest}`, "*/*");
  }

  private async get(repository: string, path: string, accept: string): Promise<IncomingMessage> {
    const url = new URL(`${this.access.base}/${repository}/${path}`);
    let answer = await this.follow(url, accept, this.authorizations.get(repository));
    if (answer.statusCode === 401) {
      const authorization = await this.authorize(answer.headers["www-authenticate"] ?? "");
      answer.resume();
      if (authorization !== undefined) {
        this.authorizations.set(repository, authorization);
        answer = await this.follow(url, accept, authorization);
      }
    }
    if (answer.statusCode === 200) return answer;
    answer.resume();
    throw new SourceRefusal(inWords(answer.statusCode ?? 0), (answer.statusCode ?? 0) >= 500);
  }

  /** Asks, and goes where it is sent; another host than the registry's hears no login. */
  private async follow(first: URL, accept: string, authorization: string | undefined): Promise<IncomingMessage> {
    let url = first;
    for (let redirections = 0; ; redirections++) {
      const headers: Record<string, string> = { accept };
      if (authorization !== undefined && url.host === first.host) headers.authorization = authorization;
      const answer = await this.ask(url, headers);
      const { location } = answer.headers;
      if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) return answer;
      answer.resume();
      url = new URL(location, url);
      if (redirections === mostRedirections || url.protocol !== "https:")
        throw new SourceRefusal(`it sends to ${url.host}, which is not followed`);
    }
  }

  private async ask(url: URL, headers: Record<string, string>): Promise<IncomingMessage> {
    if (this.outOfReach) throw this.outOfReach;
    const { signal } = this.access;
    signal?.throwIfAborted();
    const outgoing = request(url, { headers, agent: this.agent, signal });
    // A packet filter may swallow everything.
    const connecting = setTimeout(
      () => outgoing.destroy(new Error(`no connection within ${connectTimeoutMs / 1000} s`)),
      connectTimeoutMs,
    );
    outgoing.on("socket", (socket) => {
      if (outgoing.reusedSocket) clearTimeout(connecting);
      else socket.once("secureConnect", () => clearTimeout(connecting));
    });
    outgoing.setTimeout(idleTimeoutMs, () => outgoing.destroy(new Error(`silent for ${idleTimeoutMs / 1000} s`)));
    try {
      const [answer] = (await once(outgoing.end(), "response")) as [IncomingMessage];
      this.hasAnswered = true;
      return answer;
    } catch (error) {
      const refusal = this.failure(error);
      if (!this.hasAnswered) this.outOfReach = refusal;
      throw refusal;
    } finally {
      clearTimeout(connecting);
    }
  }

  private failure(error: unknown): SourceRefusal {
    this.access.signal?.throwIfAborted();
    if (error instanceof SourceRefusal) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    return new SourceRefusal(`no answer (${message || code})`, this.hasAnswered);
  }

  /** Answers a challenge; undefined where nothing is known that it would take. */
  private async authorize(challenge: string): Promise<string | undefined> {
    const { login } = this.access;
    const basic = login && `Basic ${Buffer.from(`${login.name}:${login.password}`).toString("base64")}`;
    if (!/^bearer /i.test(challenge)) return basic;
    const parameters = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    );
    if (!URL.canParse(parameters.realm ?? "")) return undefined;
    const url = new URL(parameters.realm ?? "");
    if (url.protocol !== "https:") return undefined;
    for (const key of ["service", "scope"]) if (parameters[key]) url.searchParams.set(key, parameters[key]);
    const answer = await this.ask(url, basic ? { authorization: basic } : {});
    if (answer.statusCode !== 200) {
      answer.resume();
      throw new SourceRefusal(
        answer.statusCode === 401 ? "it refuses the login (401)" : `it gives no token (${answer.statusCode})`,
      );
    }
    const { data } = tokenForm.safeParse(await json(answer).catch(() => undefined));
    const token = data?.token ?? data?.access_token;
    if (token === undefined) throw new SourceRefusal("it gives no token");
    return `Bearer ${token}`;
  }
}

/** Puts an HTTP status in the words of a node's `ask-for-image`. */
function inWords(status: number): string {
  if (status === 404) return "not found (404)";
  if (status === 401 || status === 403) return `refused, no such image or another login (${status})`;
  if (status === 429) return "too many requests (429)";
  return `failed (${status})`;
}
