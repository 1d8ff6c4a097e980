import "../../stacks/infrastructures.ts";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { parseEnvironment } from "../../config/parse.ts";
import {
  engineEnvironment,
  environmentsWithState,
  isForeignBackend,
  passphraseFile,
  prepareState,
  readStackState,
  removeState,
  stackStateFile,
  stateFolder,
} from "./state.ts";
import { knownSalt, prepareWorkFolder } from "./workspace.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-state-"));
  vi.stubEnv("KPAAS_STATE_DIR", join(folder, "state"));
  vi.stubEnv("KPAAS_CACHE_DIR", join(folder, "cache"));
  vi.stubEnv("HOME", folder);
  vi.stubEnv("KPAAS_PLAIN_ENGINE", undefined);
  for (const name of ["BACKEND_URL", "HOME", "CONFIG_PASSPHRASE", "CONFIG_PASSPHRASE_FILE"])
    vi.stubEnv(`PULUMI_${name}`, undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const loaded = (encryptionsalt?: string) => {
  const settings = { infrastructure: { kind: "local" } };
  const file = { config: { "kpaas:environment": settings }, ...(encryptionsalt ? { encryptionsalt } : {}) };
  return { name: "dev", path: "", file, environment: parseEnvironment("dev", settings) };
};

test("each environment gets a passphrase of its own, once, that only its user can read", () => {
  expect(prepareState("dev")).toEqual({ newPassphrase: true });
  const passphrase = readFileSync(passphraseFile("dev"), "utf8");
  expect(passphrase.length).toBeGreaterThan(40);
  expect(statSync(passphraseFile("dev")).mode & 0o777).toBe(0o600);
  expect(prepareState("dev")).toEqual({ newPassphrase: false });
  prepareState("other");
  expect(readFileSync(passphraseFile("dev"), "utf8")).toBe(passphrase);
  expect(readFileSync(passphraseFile("other"), "utf8")).not.toBe(passphrase);
  expect(environmentsWithState()).toEqual(["dev", "other"]);
});

test("the home that kpaas gives the engine has no folder for its logs", () => {
  prepareState("dev");
  expect(statSync(join(stateFolder(), "pulumi-home", "logs")).isFile()).toBe(true);
});

test("the user's own passphrase and backend are respected", () => {
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "");
  vi.stubEnv("PULUMI_BACKEND_URL", "s3://bucket");
  expect(prepareState("dev")).toEqual({ newPassphrase: false });
  expect(existsSync(passphraseFile("dev"))).toBe(false);
  expect(engineEnvironment("dev")).toMatchObject({ PULUMI_BACKEND_URL: "s3://bucket" });
  expect(engineEnvironment("dev")).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
  expect(readStackState("dev")).toBeUndefined();
});

test("the state is parsed once, and again when the engine has written it", () => {
  const write = (urn: string) => {
    mkdirSync(dirname(stackStateFile("dev")), { recursive: true });
    writeFileSync(stackStateFile("dev"), JSON.stringify({ checkpoint: { latest: { resources: [{ urn }] } } }));
  };
  write("one");
  const read = readStackState("dev");
  expect(read?.resources).toEqual([{ urn: "one" }]);
  expect(readStackState("dev")).toBe(read);
  write("another");
  expect(readStackState("dev")?.resources).toEqual([{ urn: "another" }]);
});

test("the engine's copy of the stack file has the user's settings, and keeps the engine's salt", () => {
  prepareWorkFolder(loaded());
  const copy = join(stateFolder(), "environments", "dev", "Pulumi.dev.yaml");
  expect(parse(readFileSync(copy, "utf8"))).toEqual(loaded().file);
  writeFileSync(copy, "encryptionsalt: from-the-engine\n");
  prepareWorkFolder(loaded("of-the-user"));
  expect(parse(readFileSync(copy, "utf8"))).toEqual({ ...loaded().file, encryptionsalt: "from-the-engine" });
  expect(knownSalt("dev")).toBe("from-the-engine");
});

test("a salt in the user's file is left out where its passphrase cannot be ours", () => {
  prepareWorkFolder(loaded("of-an-older-passphrase"));
  expect(knownSalt("dev")).toBeUndefined();
});

test("a salt in the user's file is used with the user's own passphrase", () => {
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "known");
  prepareWorkFolder(loaded("of-the-user"));
  expect(knownSalt("dev")).toBe("of-the-user");
});

test("a state that other machines share needs a passphrase that they can be given, and not an empty one", () => {
  vi.stubEnv("PULUMI_BACKEND_URL", "s3://bucket");
  expect(() => prepareWorkFolder(loaded())).toThrow("no passphrase is given");
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "");
  expect(() => prepareWorkFolder(loaded())).toThrow("no passphrase is given");
  expect(existsSync(passphraseFile("dev"))).toBe(false);
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "known");
  prepareWorkFolder(loaded());
  expect(existsSync(passphraseFile("dev"))).toBe(false);
});

test("an empty PULUMI_BACKEND_URL, as CI sets it for want of a variable, is none", () => {
  vi.stubEnv("PULUMI_BACKEND_URL", "");
  expect(isForeignBackend()).toBe(false);
});

test("the provider is found from anywhere", () => {
  prepareWorkFolder(loaded());
  const project = parse(readFileSync(join(stateFolder(), "environments", "dev", "Pulumi.yaml"), "utf8"));
  expect(project.name).toBe("kpaas");
  expect(project).not.toHaveProperty("main");
  expect(project.plugins.providers).toEqual([{ name: "kpaas", path: expect.stringMatching(/^\/.*\/provider$/) }]);
});

test("removing the last environment's state leaves no file, removing another only its own", () => {
  for (const name of ["dev", "other"]) {
    prepareState(name);
    const state = stackStateFile(name);
    mkdirSync(dirname(state), { recursive: true });
    for (const file of [state, `${state}.bak`, `${state}.bak.attrs`]) writeFileSync(file, "{}");
    mkdirSync(join(stateFolder(), ".pulumi", "history", "kpaas", name), { recursive: true });
  }
  removeState("dev");
  expect(environmentsWithState()).toEqual(["other"]);
  expect(existsSync(stackStateFile("other"))).toBe(true);
  expect(existsSync(`${stackStateFile("dev")}.bak`)).toBe(false);
  rmSync(stackStateFile("other"));
  removeState("other");
  expect(existsSync(stateFolder())).toBe(false);
});

test("with a key of the cache, plugins that no run with it has left go, and so does a link around them", () => {
  vi.stubEnv("KPAAS_CACHE_KEY", "key-of-this-pipeline");
  const planted = [join(folder, "cache", "pulumi-plugins", "resource-aws-v7.48.0"), join(folder, ".pulumi", "plugins")];
  for (const one of planted) mkdirSync(one, { recursive: true });
  const link = join(stateFolder(), "pulumi-home", "plugins");
  mkdirSync(join(link, ".."), { recursive: true });
  symlinkSync(join(folder, ".pulumi", "plugins"), link);
  prepareState("dev");
  expect(realpathSync(link)).toBe(realpathSync(join(folder, "cache", "pulumi-plugins")));
  expect(readdirSync(link)).toEqual([]);
});
