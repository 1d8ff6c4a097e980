import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parse, stringify } from "yaml";
import { kubeconfigPath, mergeKubeconfig, removeFromKubeconfig } from "./kubeconfig-merge.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-kubeconfig-"));
  path = join(folder, ".kube/config");
  vi.stubEnv("HOME", folder);
  vi.stubEnv("KUBECONFIG", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A platform's kubeconfig, as `components/kubeconfig.ts` makes it. */
const own = (environment: string, server: string) =>
  stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": environment,
    clusters: [{ name: environment, cluster: { server, "tls-server-name": `api.${environment}` } }],
    users: [{ name: "kpaas-admin", user: { "client-key-data": "a2V5" } }],
    contexts: [{ name: environment, context: { cluster: environment, user: "kpaas-admin" } }],
  });

/** A user's own file, as kubectl writes it, with a comment and a context that is called as our environment is. */
const users = `# mine
apiVersion: v1
kind: Config
current-context: local
clusters:
- cluster:
    server: https://work.example # the office
  name: local
contexts:
- context:
    cluster: local
    user: me
  name: local
users:
- name: me
  user:
    token: t
`;

function write(text: string): void {
  mkdirSync(join(folder, ".kube"), { recursive: true });
  writeFileSync(path, text, { mode: 0o644 });
}

const text = () => readFileSync(path, "utf8");

test("a user without a file gets one that only they can read", () => {
  expect(mergeKubeconfig("local", own("local", "https://127.0.0.1:1"))).toEqual({
    path,
    context: "kpaas-local",
    changed: true,
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(parse(text())).toEqual({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "kpaas-local", cluster: { server: "https://127.0.0.1:1", "tls-server-name": "api.local" } }],
    users: [{ name: "kpaas-local", user: { "client-key-data": "a2V5" } }],
    contexts: [{ name: "kpaas-local", context: { cluster: "kpaas-local", user: "kpaas-local" } }],
    "current-context": "kpaas-local",
  });
});

test("all else of a file stays, comments included; its former text is kept, and secrets are for its owner alone", () => {
  write(users);
  const { backup = "" } = mergeKubeconfig("local", own("local", "https://127.0.0.1:1"));
  expect(readFileSync(backup, "utf8")).toBe(users);
  for (const line of users.split("\n").filter((line) => !line.startsWith("current-context")))
    expect(text()).toContain(line);
  expect(parse(text())["current-context"]).toBe("kpaas-local");
  expect(parse(text()).clusters).toHaveLength(2);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, ".kube")).sort()).toEqual(["config", "config.before-kpaas"]);
});

test("again it changes nothing, not even the backup; another server takes the entry's place", () => {
  write(users);
  mergeKubeconfig("local", own("local", "https://127.0.0.1:1"));
  const before = text();
  expect(mergeKubeconfig("local", own("local", "https://127.0.0.1:1"))).toMatchObject({ changed: false });
  expect(text()).toBe(before);
  expect(readFileSync(`${path}.before-kpaas`, "utf8")).toBe(users);
  mergeKubeconfig("local", own("local", "https://127.0.0.1:2"));
  expect(parse(text()).clusters.map((one: { cluster: { server: string } }) => one.cluster.server)).toEqual([
    "https://work.example",
    "https://127.0.0.1:2",
  ]);
});

test("two environments have an entry and a user each; taking both out leaves what there was", () => {
  write(users);
  mergeKubeconfig("local", own("local", "https://127.0.0.1:1"));
  mergeKubeconfig("office", own("office", "https://10.0.0.1:6443"));
  expect(parse(text()).users.map(({ name }: { name: string }) => name)).toEqual(["me", "kpaas-local", "kpaas-office"]);
  removeFromKubeconfig("local");
  expect(parse(text())["current-context"]).toBe("kpaas-office");
  removeFromKubeconfig("office");
  expect(parse(text())).toEqual({ ...parse(users), "current-context": "" });
  expect(removeFromKubeconfig("office")).toEqual({ path, context: "kpaas-office", changed: false });
});

test("taking out where there is no file makes none", () => {
  expect(removeFromKubeconfig("local").changed).toBe(false);
  expect(existsSync(path)).toBe(false);
});

test("of several files in KUBECONFIG it takes the one that kubectl would", () => {
  const [first, second] = [join(folder, "first"), join(folder, "second")];
  expect(kubeconfigPath(`${first}:${second}`)).toBe(second);
  writeFileSync(first, "");
  expect(kubeconfigPath(`:${first}:${second}`)).toBe(first);
  expect(kubeconfigPath("")).toBe(path);
  vi.stubEnv("KUBECONFIG", `${first}:${second}`);
  expect(mergeKubeconfig("local", own("local", "https://127.0.0.1:1")).path).toBe(first);
});

test("a link stays a link", () => {
  mkdirSync(join(folder, ".kube"));
  writeFileSync(join(folder, "kept"), users);
  symlinkSync(join(folder, "kept"), path);
  mergeKubeconfig("local", own("local", "https://127.0.0.1:1"));
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, "kept"), "utf8")).toContain("kpaas-local");
});

test.each([
  ["no YAML", "a: [", /is no kubeconfig file: .*/],
  ["a list", "- a\n", /is no kubeconfig file: it is no mapping/],
  ["of another form", "contexts: { a: b }\n", /is no kubeconfig file: contexts is no list/],
])("a file that is %s is named and stays", (_what, content, message) => {
  write(content);
  expect(() => mergeKubeconfig("local", own("local", "https://127.0.0.1:1"))).toThrow(message);
  expect(text()).toBe(content);
  expect(readdirSync(join(folder, ".kube"))).toEqual(["config"]);
});

test("a file that kubectl is changing is left to it", () => {
  write(users);
  writeFileSync(`${path}.lock`, "");
  expect(() => mergeKubeconfig("local", own("local", "https://127.0.0.1:1"))).toThrow(
    `another program changes ${path}`,
  );
  expect(existsSync(`${path}.lock`)).toBe(true);
  expect(text()).toBe(users);
});
