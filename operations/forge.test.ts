import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { findForge, postComment } from "./forge.ts";

let server: Server | undefined;

afterEach(() => server?.close());

/** Answers every request alike; gives its address and what it was sent. */
async function answering(status: number, value: unknown): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const own = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    if (text) bodies.push(JSON.parse(text).body);
    response.writeHead(status).end(JSON.stringify(value));
  });
  server = own;
  await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
  const address = own.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`, bodies };
}

const gitlab = (url: string) =>
  findForge({
    GITLAB_CI: "true",
    CI_API_V4_URL: url,
    CI_PROJECT_ID: "7",
    CI_MERGE_REQUEST_IID: "3",
    KPAAS_COMMENT_TOKEN: "the-token",
  });

test("outside CI, for no merge request and without a token there is no comment", () => {
  expect(() => findForge({})).toThrow("neither GitHub Actions nor GitLab CI");
  expect(() => findForge({ GITLAB_CI: "true" })).toThrow("CI_API_V4_URL and CI_PROJECT_ID and KPAAS_COMMENT_TOKEN");
  const variables = { GITHUB_API_URL: "http://x", GITHUB_REPOSITORY: "a/b", GITHUB_TOKEN: "t" };
  expect(() => findForge({ GITHUB_ACTIONS: "true", ...variables })).toThrow("for no pull request");
});

test("a comment that is too long is cut to what the forge takes", async () => {
  const { url, bodies } = await answering(200, []);
  await postComment({ ...gitlab(url), maxCharacters: 100 }, "kpaas dev", "x".repeat(1000));
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toHaveLength(100);
  expect(bodies[0]).toMatch(/^<!-- kpaas dev -->\nx+\n\n\(cut off/);
});

test("a refusal is told with its status and without the token", async () => {
  const { url } = await answering(403, {});
  const posted = postComment(gitlab(url), "kpaas dev", "text");
  await expect(posted).rejects.toThrow("403 Forbidden");
  await expect(posted).rejects.not.toThrow("the-token");
});
