import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

export interface CommentServer {
  url: string;
  /** Bodies by path of their collection. */
  comments(path: string): string[];
  stop(): void;
}

interface Comment {
  id: number;
  body: string;
}

/** Serves as much of GitHub's and GitLab's APIs as comments need; refuses anything else, and any other token. */
export async function startCommentServer(token: string): Promise<CommentServer> {
  const collections = new Map<string, Comment[]>();
  let lastId = 0;
  const answer = (method: string, path: string, body: string): { status: number; value?: unknown } => {
    const collection = /^\/repos\/[^/]+\/[^/]+\/issues\/\d+\/comments$|^\/projects\/\d+\/merge_requests\/\d+\/notes$/;
    if (collection.test(path)) {
      const comments = collections.get(path) ?? [];
      if (method === "GET") return { status: 200, value: comments };
      if (method !== "POST") return { status: 405 };
      const comment = { id: ++lastId, body };
      collections.set(path, [...comments, comment]);
      return { status: 201, value: comment };
    }
    const [, id] = /\/(?:issues\/comments|notes)\/(\d+)$/.exec(path) ?? [];
    const known = [...collections.values()].flat().find((comment) => comment.id === Number(id));
    if (!known || method !== (path.includes("/notes/") ? "PUT" : "PATCH")) return { status: 404 };
    known.body = body;
    return { status: 200, value: known };
  };
  const server = createServer(async (request, response) => {
    const { headers, method = "", url = "" } = request;
    const known = headers.authorization === `Bearer ${token}` || headers["private-token"] === token;
    const { status, value } = known ? answer(method, pathOf(url), await bodyOf(request)) : { status: 401 };
    response.writeHead(status).end(value === undefined ? "" : JSON.stringify(value));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    comments: (path) => (collections.get(path) ?? []).map(({ body }) => body),
    stop: () => server.close(),
  };
}

const pathOf = (url: string): string => url.split("?")[0] ?? "";

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += part;
  return text ? JSON.parse(text).body : "";
}
