import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UserError } from "../lib/errors.ts";
import { download, fetchChecksum, findChecksum, SourceUnavailable } from "./download.ts";

const body = "the tool";
const sha256 = createHash("sha256").update(body).digest("hex");
const quiet = () => undefined;
let folder: string;
let server: Server;
let base: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-download-"));
  server = createServer((request, response) => {
    if (request.url === "/tool") response.end(body);
    else if (request.url === "/moved") response.writeHead(302, { location: "/tool" }).end();
    else if (request.url === "/cut") {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setImmediate(() => response.destroy());
    } else if (request.url === "/portal.sha256") response.end("<html>please log in</html>");
    else if (request.url === "/tool.sha256") response.end(`${sha256}  tool\n`);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const get = (path: string, expected = sha256) =>
  download({ url: `${base}${path}`, file: join(folder, "tool"), sha256: expected, label: "tool 1" }, quiet);

test("a file with the promised checksum is kept, through redirects too", async () => {
  await get("/tool");
  expect(await readFile(join(folder, "tool"), "utf8")).toBe(body);
  await get("/moved");
});

test("a file with another checksum is refused and removed", async () => {
  const refused = get("/tool", "0".repeat(64));
  await expect(refused).rejects.toBeInstanceOf(UserError);
  await expect(refused).rejects.toThrow(/tool 1 .* is not used/);
  expect(existsSync(join(folder, "tool"))).toBe(false);
});

test.each(["/missing", "/cut"])(
  "what the server does not give whole (%s) leaves no file and lets another source try",
  async (path) => {
    await expect(get(path)).rejects.toBeInstanceOf(SourceUnavailable);
    expect(existsSync(join(folder, "tool"))).toBe(false);
  },
);

test("a host that did not answer is not asked again", async () => {
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await expect(get("/tool")).rejects.toThrow(`127.0.0.1:${port} cannot be reached (ECONNREFUSED)`);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await expect(get("/tool")).rejects.toBeInstanceOf(SourceUnavailable);
});

test("a folder that is not there is this machine's fault, not the source's", async () => {
  const lost = { url: `${base}/tool`, file: join(folder, "no", "tool"), sha256, label: "tool 1" };
  const failure = await download(lost, quiet).catch((error) => error);
  expect(failure).not.toBeInstanceOf(SourceUnavailable);
  expect(failure.code).toBe("ENOENT");
});

test("an answer that is no checksum does not count as one", async () => {
  expect(await fetchChecksum(`${base}/tool.sha256`)).toBe(sha256);
  await expect(fetchChecksum(`${base}/portal.sha256`)).rejects.toBeInstanceOf(SourceUnavailable);
});

test("a checksum list gives the named file's only", () => {
  const list = `${"a".repeat(64)}  one.tar.gz\n${"B".repeat(64)} *two.tar.gz\n`;
  expect(findChecksum(list, "two.tar.gz")).toBe("b".repeat(64));
  expect(findChecksum(list, "three.tar.gz")).toBeUndefined();
  expect(findChecksum("a".repeat(64))).toBe("a".repeat(64));
});

test("progress says what is being downloaded", async () => {
  const report = vi.fn();
  await download({ url: `${base}/tool`, file: join(folder, "tool"), sha256, label: "tool 1" }, report);
  expect(report).toHaveBeenCalledWith("downloading tool 1");
});
