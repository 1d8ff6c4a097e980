import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import type { ApiCredentials, KubernetesObject } from "../../../provider/kubernetes.ts";
import { issue, selfSignedAuthority } from "../../../provider/x509.ts";

/** An object as the fake keeps it. */
export type Stored = KubernetesObject & Record<string, unknown>;

/** A refusal with the causes that the API server names besides: the disruption budget that keeps a pod. */
export interface Refusal {
  status: number;
  message: string;
  causes?: string[];
}

/**
 * An API server as far as the provider needs one: objects by path, lists by field or label, watches, evictions, merge patches, and
 * client certificates. It stands for the protocol only; clusters are tried end to end.
 */
export class FakeApiServer {
  readonly credentials: ApiCredentials;
  readonly objects = new Map<string, Stored>();
  /** Requests such as `GET /path?query`, in order. */
  readonly requests: string[] = [];
  /** Answers instead of the fake where it gives a status. */
  refuse: (method: string, path: string) => number | Refusal | undefined = () => undefined;
  /** Warnings that go with an answer. */
  warn: (method: string, path: string) => string[] = () => [];
  private readonly server: Server;
  private readonly connections = new Set<Duplex>();
  private readonly watchers = new Set<{ list: URL; response: ServerResponse }>();
  private version = 1;

  static async start(): Promise<FakeApiServer> {
    const authority = await selfSignedAuthority("test", 1);
    const certificate = (usage: "server" | "client") =>
      issue(authority, { commonName: usage, ipAddresses: ["127.0.0.1"], usages: [usage], validityDays: 1 });
    const [own, client] = await Promise.all([certificate("server"), certificate("client")]);
    const server = createServer({
      cert: own.certPem,
      key: own.keyPem,
      ca: authority.certPem,
      requestCert: true,
      rejectUnauthorized: true,
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return new FakeApiServer(server, {
      server: `https://127.0.0.1:${port}`,
      serverName: "server",
      caCertPem: authority.certPem,
      clientCertPem: client.certPem,
      clientKeyPem: client.keyPem,
    });
  }

  private constructor(server: Server, credentials: ApiCredentials) {
    this.server = server;
    this.credentials = credentials;
    server.on("connection", (connection) => {
      this.connections.add(connection);
      connection.on("close", () => this.connections.delete(connection));
    });
    server.on("request", (request, response) => void this.answer(request, response));
  }

  /** Adds or changes an object, and tells those who watch. */
  put(path: string, object: Stored): void {
    const type = this.objects.has(path) ? "MODIFIED" : "ADDED";
    this.version++;
    object.metadata.resourceVersion = String(this.version);
    this.objects.set(path, object);
    for (const { list, response } of this.watchers)
      if (isIn(list, path, object)) response.write(`${JSON.stringify({ type, object })}\n`);
  }

  /** Cuts every connection, as a load balancer that restarts does. */
  cut(): void {
    for (const connection of this.connections) connection.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: target = "" } = request;
    const url = new URL(target, this.credentials.server);
    this.requests.push(`${method} ${target}`);
    const body = await text(request);
    const send = (status: number, content: unknown) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
    const fail = (status: number, message: string, causes: string[] = []) =>
      send(status, {
        kind: "Status",
        status: "Failure",
        message,
        details: { causes: causes.map((cause) => ({ message: cause })) },
      });

    const refused = this.refuse(method, url.pathname);
    if (typeof refused === "number") return void fail(refused, `refused with ${refused}`);
    if (refused) return void fail(refused.status, refused.message, refused.causes);
    if (url.searchParams.has("watch")) {
      const watcher = { list: url, response };
      this.watchers.add(watcher);
      response.on("close", () => this.watchers.delete(watcher));
      return void response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    }
    const found = this.objects.get(url.pathname);
    if (method === "GET" && selectors.some((selector) => url.searchParams.has(selector))) {
      const items = [...this.objects].filter(([path, object]) => isIn(url, path, object)).map(([, object]) => object);
      return void send(200, { metadata: { resourceVersion: String(this.version) }, items });
    }
    if (method === "POST" && url.pathname.endsWith("/eviction"))
      return void (this.objects.delete(url.pathname.replace("/eviction", "")) ? send(201, {}) : fail(404, "not found"));
    if (method === "POST") {
      const object: Stored = JSON.parse(body);
      const path = `${url.pathname}/${object.metadata.name}`;
      if (this.objects.has(path)) return void fail(409, "already exists");
      this.put(path, object);
      return void send(201, object);
    }
    if (!found) return void fail(404, "not found");
    const warnings = this.warn(method, url.pathname).map((warning) => `299 - "${warning.replaceAll('"', '\\"')}"`);
    if (warnings.length > 0) response.setHeader("warning", warnings);
    if (url.searchParams.has("dryRun")) return void send(200, found);
    if (method === "PUT") this.put(url.pathname, JSON.parse(body));
    if (method === "PATCH") {
      const patch: Stored = JSON.parse(body);
      const { resourceVersion = found.metadata.resourceVersion } = patch.metadata ?? {};
      if (resourceVersion !== found.metadata.resourceVersion) return void fail(409, "the object has been modified");
      this.put(url.pathname, patched(found, patch) as Stored);
    }
    if (method === "DELETE") this.objects.delete(url.pathname);
    send(200, this.objects.get(url.pathname) ?? {});
  }
}

const selectors = ["fieldSelector", "labelSelector"];

/**
 * Tells if a list has the object, by a selector of fields (`metadata.name=x`, `spec.nodeName=x`) or of labels (`a=x,b`); its path
 * may lack the namespace.
 */
function isIn(list: URL, path: string, object: Stored): boolean {
  const kind = list.pathname.split("/").at(-1);
  const terms = (name: string) => (list.searchParams.get(name) ?? "").split(",").filter((term) => term !== "");
  const has = (value: unknown, wanted: string | undefined) =>
    wanted === undefined ? value !== undefined : value === wanted;
  return (
    path.split("/").at(-2) === kind &&
    terms("fieldSelector").every((term) => {
      const [field = "", value] = term.split("=");
      return has(field.split(".").reduce<unknown>(part, object), value);
    }) &&
    terms("labelSelector").every((term) => {
      const [label = "", value] = term.split("=");
      return has(part(object.metadata.labels, label), value);
    })
  );
}

/** Gives a value after a merge patch (RFC 7386). */
function patched(value: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = typeof value === "object" ? { ...value } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else result[key] = patched(result[key], change);
  }
  return result;
}

function part(value: unknown, key: string): unknown {
  return (value as Record<string, unknown> | undefined)?.[key];
}

export const nodesPath = "/api/v1/nodes";

/** Gives a node as its kubelet reports it. */
export function fakeNode(name: string, ready: "True" | "False", machineID = "this machine"): Stored {
  return {
    metadata: { name, uid: machineID },
    status: {
      conditions: [{ type: "Ready", status: ready, message: "container runtime network not ready" }],
      addresses: [{ type: "InternalIP", address: "10.0.0.16" }],
      nodeInfo: { kubeletVersion: "v1.36.3", machineID },
    },
  };
}
