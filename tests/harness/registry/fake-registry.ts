import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { PlatformOutputs } from "../../../operations/access/outputs.ts";
import { issue, selfSignedAuthority } from "../../../provider/x509.ts";

export interface StoredManifest {
  mediaType: string;
  content: Buffer;
}

type Say = (status: number, body?: unknown, headers?: Record<string, string>) => void;

/** An image registry in memory: as much of the OCI distribution API as clients of this project use, by TLS and with a login. */
export class FakeRegistry {
  /** Blobs by repository and digest, manifests by repository and tag or digest: `team/hello@sha256:...`, `team/hello:1`. */
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, StoredManifest>();
  /** Methods and paths of all requests that changed something. */
  readonly writes: string[] = [];
  readonly access: PlatformOutputs["registry"];
  /** Methods and paths of all requests that only read. */
  readonly reads: string[] = [];
  /** As public registries, it gives everybody a token, and takes its login for nothing else. */
  givesTokens = false;
  /** Users to whom it gave tokens. */
  readonly tokensFor: string[] = [];
  /** Contents that are given in place of blobs, by their digests. */
  readonly damaged = new Map<string, Buffer>();
  /** True until it has cut the next request's connection instead of answering. */
  cutAtNextRequest = false;
  private readonly server: Server;
  private readonly uploads = new Map<string, Buffer>();

  private constructor(server: Server, caCertPem: string) {
    this.server = server;
    const { port } = server.address() as AddressInfo;
    const login = { user: "kpaas-admin", password: "right" };
    this.access = { name: "registry.test.internal:5000", endpoint: `127.0.0.1:${port}`, ...login, caCertPem };
    server.on("request", (asked: IncomingMessage, answer: ServerResponse) => {
      // A client may go away while it sends.
      this.answer(asked, answer).catch(() => answer.destroy());
    });
  }

  static async start(): Promise<FakeRegistry> {
    const authority = await selfSignedAuthority("test", 1);
    const dnsNames = ["registry.test.internal"];
    const { certPem, keyPem } = await issue(authority, {
      commonName: "registry",
      dnsNames,
      ipAddresses: ["127.0.0.1"],
      usages: ["server"],
      validityDays: 1,
    });
    const server = createServer({ cert: certPem, key: keyPem }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FakeRegistry(server, authority.certPem);
  }

  async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  private async answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (this.cutAtNextRequest) {
      this.cutAtNextRequest = false;
      asked.socket.destroy();
      return;
    }
    const { method = "", url = "", headers } = asked;
    const { pathname, searchParams } = new URL(url, "https://registry");
    const say: Say = (status, body, more = {}) => {
      answer.writeHead(status, more);
      answer.end(body === undefined || method === "HEAD" ? undefined : JSON.stringify(body));
    };
    const give = (content: Buffer, type = "application/octet-stream") => {
      const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
      const headers = { "content-type": type, "docker-content-digest": digest };
      answer.writeHead(200, { ...headers, "content-length": content.length });
      answer.end(method === "HEAD" ? undefined : content);
    };
    const refuse = (status: number, code: string) => say(status, { errors: [{ code, message: "no" }] });
    const { user, password } = this.access;
    const basic = `Basic ${btoa(`${user}:${password}`)}`;
    if (this.givesTokens && pathname === "/token") return this.token(searchParams, headers.authorization, say);
    if (this.givesTokens && headers.authorization !== `Bearer ${pathname.split("/")[2]}`) {
      const { endpoint } = this.access;
      const scope = `repository:${/^\/v2\/(.+)\/(blobs|manifests)\//.exec(pathname)?.[1]}:pull`;
      const challenge = `Bearer realm="https://${endpoint}/token",service="fake",scope="${scope}"`;
      return say(401, { errors: [] }, { "www-authenticate": challenge });
    }
    if (!this.givesTokens && headers.authorization !== basic)
      return say(
        401,
        { errors: [{ code: "UNAUTHORIZED", message: "no" }] },
        { "www-authenticate": 'Basic realm="fake"' },
      );
    if (["GET", "HEAD"].includes(method)) this.reads.push(`${method} ${pathname}`);
    else this.writes.push(`${method} ${pathname.replace(/uploads\/.+/, "uploads/")}`);
    if (pathname === "/v2/_catalog") return this.catalog(searchParams, say);
    const [, repository = "", kind = "", reference = ""] =
      /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags)\/(.*)$/.exec(pathname) ?? [];
    if (kind === "tags") {
      const tags = [...this.manifests.keys()].flatMap((name) =>
        name.startsWith(`${repository}:`) ? [name.slice(repository.length + 1)] : [],
      );
      return tags.length > 0 ? say(200, { name: repository, tags }) : refuse(404, "NAME_UNKNOWN");
    }
    if (kind === "blobs") {
      const blob = this.damaged.get(reference) ?? this.blobs.get(`${repository}@${reference}`);
      return blob ? give(blob) : refuse(404, "BLOB_UNKNOWN");
    }
    if (kind === "manifests" && method !== "PUT") {
      const found =
        this.manifests.get(`${repository}:${reference}`) ?? this.manifests.get(`${repository}@${reference}`);
      return found ? give(found.content, found.mediaType) : refuse(404, "MANIFEST_UNKNOWN");
    }
    const mounted = method === "POST" && this.blobs.get(`${searchParams.get("from")}@${searchParams.get("mount")}`);
    if (mounted) {
      this.blobs.set(`${repository}@${searchParams.get("mount")}`, mounted);
      return say(201);
    }
    const content = await buffer(asked);
    if (kind === "manifests") {
      const problem = this.putManifest(repository, reference, { mediaType: headers["content-type"] ?? "", content });
      return problem ? refuse(400, problem) : say(201);
    }
    const upload = method === "POST" ? randomUUID() : reference;
    const whole = Buffer.concat([this.uploads.get(upload) ?? Buffer.alloc(0), content]);
    this.uploads.set(upload, whole);
    if (method !== "PUT")
      // As behind a gateway, whose own name it does not know.
      return say(202, undefined, {
        location: `https://elsewhere:5000/v2/${repository}/blobs/uploads/${upload}?state=1`,
      });
    const digest = searchParams.get("digest") ?? "";
    if (searchParams.get("state") !== "1" || digest !== digestOf(whole)) return refuse(400, "DIGEST_INVALID");
    this.blobs.set(`${repository}@${digest}`, whole);
    say(201);
  }

  /** Gives a token of a repository; a login that it does not know gets none. */
  private token(asked: URLSearchParams, authorization: string | undefined, say: Say): void {
    const { user, password } = this.access;
    const isKnown = !authorization || authorization === `Basic ${btoa(`${user}:${password}`)}`;
    if (isKnown) this.tokensFor.push(authorization ? user : "everybody");
    const [, repository = ""] = /^repository:(.+):pull$/.exec(asked.get("scope") ?? "") ?? [];
    say(isKnown ? 200 : 401, isKnown ? { token: repository.split("/")[0] } : {});
  }

  /** Gives a page of two. */
  private catalog(asked: URLSearchParams, say: Say): void {
    const all = [...new Set([...this.manifests.keys()].map((name) => name.replace(/[:@].*/, "")))].sort();
    const rest = all.filter((name) => name > (asked.get("last") ?? ""));
    const page = rest.slice(0, 2);
    const link = { link: `</v2/_catalog?last=${page.at(-1)}&n=2>; rel="next"` };
    say(200, { repositories: page }, rest.length > 2 ? link : {});
  }

  /** Takes a manifest, of which it has to have all parts; else gives the code of what is wrong. */
  private putManifest(repository: string, reference: string, manifest: StoredManifest): string | undefined {
    const { config, layers = [], manifests = [] } = JSON.parse(manifest.content.toString());
    const names = (parts: { digest: string }[]) => parts.map(({ digest }) => `${repository}@${digest}`);
    const blobs = names(config ? [config, ...layers] : []);
    if (!blobs.every((blob) => this.blobs.has(blob)) || !names(manifests).every((one) => this.manifests.has(one)))
      return "MANIFEST_BLOB_UNKNOWN";
    const digest = digestOf(manifest.content);
    if (reference.startsWith("sha256:") && reference !== digest) return "DIGEST_INVALID";
    this.manifests.set(`${repository}@${digest}`, manifest);
    if (reference !== digest) this.manifests.set(`${repository}:${reference}`, manifest);
    return undefined;
  }
}

const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
