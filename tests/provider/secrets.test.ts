import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Certificate, type CertificateArgs, CertificateAuthority, KeyPair, RandomSecret } from "../../provider/sdk.ts";
import { type TestStack, testStack } from "../harness/provider/test-stack.ts";

let stack: TestStack;

beforeEach(async () => {
  stack = await testStack();
});
afterEach(() => stack.dispose());

interface Wanted {
  generation?: number;
  certificate?: Partial<CertificateArgs>;
}

const program =
  ({ generation, certificate }: Wanted = {}) =>
  async () => {
    const ca = new CertificateAuthority("ca", { commonName: "test" });
    const server = new Certificate("server", {
      caCertPem: ca.certPem,
      caKeyPem: ca.keyPem,
      commonName: "registry.test",
      usages: ["server"],
      ...certificate,
    });
    const signing = new KeyPair("signing", {});
    const password = new RandomSecret("password", { generation });
    const user = new RandomSecret("user", {});
    return {
      pin: ca.publicKeyPin,
      certPem: server.certPem,
      notAfter: server.notAfter,
      publicKeyPem: signing.publicKeyPem,
      password: password.value,
      login: pulumi.interpolate`${user.value}:${password.value}`,
      keys: pulumi.all([ca.keyPem, server.keyPem, signing.privateKeyPem]),
    };
  };

const unchanged = { ca: "same", server: "same", signing: "same", password: "same", user: "same" };

const all = (step: string) => Object.fromEntries(Object.keys(unchanged).map((name) => [name, step]));

test("secrets are made once, unreadable in state and never said; destroy leaves nothing", async () => {
  expect((await stack.preview(program())).steps).toEqual(all("create"));
  const made = await stack.up(program());
  expect(made).toMatchObject({ succeeded: true, steps: all("create") });
  expect(made.outputs).toMatchObject({
    pin: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    password: expect.stringMatching(/^[\w-]{32}$/),
    certPem: expect.stringContaining("BEGIN CERTIFICATE"),
    publicKeyPem: expect.stringContaining("BEGIN PUBLIC KEY"),
  });

  const state = JSON.stringify(await stack.state());
  for (const text of [state, made.said]) {
    expect(text).not.toContain("PRIVATE KEY");
    expect(text).not.toContain(made.outputs.password);
  }
  expect(state).toContain("ciphertext");

  expect((await stack.preview(program())).steps).toEqual(unchanged);
  const again = await stack.up(program(), { refresh: true });
  expect(again.outputs).toEqual(made.outputs);

  expect(await stack.destroy()).toMatchObject({ succeeded: true, steps: all("delete") });
  expect((await stack.state()).resources ?? []).toEqual([]);
});

test("a certificate is renewed by the first up inside its renewal window, and only it", async () => {
  const { outputs } = await stack.up(program());
  const inDays = (days: number) => new Date(Date.now() + days * 24 * 3600 * 1000).toISOString();
  const endsIn = (days: number) =>
    stack.rewrite(({ resources }) => {
      const server = resources.find(({ urn }) => urn.endsWith("::server"));
      if (server?.outputs) server.outputs.notAfter = inDays(days);
    });

  await endsIn(91);
  expect((await stack.preview(program())).steps).toEqual(unchanged);
  await endsIn(89);
  expect((await stack.preview(program())).steps).toEqual({ ...unchanged, server: "update" });

  const renewed = await stack.up(program());
  expect(renewed.steps).toEqual({ ...unchanged, server: "update" });
  expect(renewed.outputs.certPem).not.toBe(outputs.certPem);
  expect(renewed.outputs.pin).toBe(outputs.pin);
  expect(String(renewed.outputs.notAfter) > inDays(364)).toBe(true);
  expect((await stack.preview(program())).steps).toEqual(unchanged);
});

test("a new generation replaces one secret, other names update a certificate, and nothing else changes", async () => {
  const { outputs } = await stack.up(program());
  const wanted = program({ generation: 2, certificate: { dnsNames: ["registry.test"] } });
  const steps = { ...unchanged, server: "update", password: "create-replacement" };
  expect((await stack.preview(wanted)).steps).toEqual(steps);
  const changed = await stack.up(wanted);
  expect(changed.steps).toEqual(steps);
  expect(changed.outputs.password).not.toBe(outputs.password);
  expect(String(changed.outputs.login).split(":")[0]).toBe(String(outputs.login).split(":")[0]);
});

test("a preview refuses wrong properties by their path, before anything is made and without telling a secret", async () => {
  const wrong: Record<string, unknown> = {
    validityDays: "a year",
    ipAddresses: ["10.0.0.1", pulumi.secret("hunter2")],
    commonName: pulumi.secret({ password: "hunter2" }),
    usages: [],
    validDays: 3,
  };
  const outcome = await stack.preview(program({ certificate: wrong }));
  expect(outcome.succeeded).toBe(false);
  const problems = outcome.said.match(/(?<=resource 'server').*?has a problem: [^"\\\n]+/g);
  expect([...new Set(problems)].sort()).toEqual([
    " has a problem: commonName: Invalid input: expected string, received object",
    " has a problem: ipAddresses[1]: must be an IP address",
    ": property usages value {[]} has a problem: Too small: expected array to have >=1 items",
    ": property validDays value {3} has a problem: no such property",
    ": property validityDays value {a year} has a problem: Invalid input: expected number, received string",
  ]);
  // The authority's certificate is not known in the preview, which is no problem of this resource's.
  expect(outcome.said).not.toMatch(/property ca/);
  expect(outcome.said).not.toContain("hunter2");
});
