import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { remainingQuotas } from "./remaining-quotas.ts";
import { settings } from "./settings.ts";

let server: Server;
let base: string;
let folder: string;
/** Logins that Keystone was asked for. */
let logins: { identity: { methods: string[] }; scope?: object }[];
let quota: Record<string, { limit: number; used: number; reserved: number }>;

const anywhere = { limit: 500, used: 20, reserved: 1 };
const limits: Record<string, object> = {
  "/nova/limits": {
    limits: {
      absolute: {
        ...{ maxTotalInstances: 10, totalInstancesUsed: 4, maxTotalCores: -1, totalCoresUsed: 8 },
        ...{ maxTotalRAMSize: 51_200, totalRAMUsed: 1024 },
      },
    },
  },
  "/cinder/limits": {
    limits: {
      absolute: {
        ...{ maxTotalVolumes: 3, totalVolumesUsed: 5, maxTotalVolumeGigabytes: 1000, totalGigabytesUsed: 250 },
      },
    },
  },
};

beforeEach(async () => {
  logins = [];
  quota = { port: anywhere, floatingip: anywhere, security_group: anywhere, security_group_rule: anywhere };
  server = createServer(async (request, response) => {
    const answer = (status: number, body: object, headers = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    if (request.url === "/v3/auth/tokens") {
      const { auth } = JSON.parse(await text(request));
      logins.push(auth);
      if (JSON.stringify(auth).includes("wrong")) return answer(401, { error: { message: "no" } });
      const endpoints = (path: string) => [
        { interface: "internal", region: "one", url: "http://192.0.2.1" },
        { interface: "public", region: "other", url: "http://192.0.2.2" },
        { interface: "public", region: "one", url: `${base}${path}` },
      ];
      const catalog = [
        { type: "compute", endpoints: endpoints("/nova/") },
        { type: "volumev3", endpoints: endpoints("/cinder") },
        { type: "network", endpoints: endpoints("/neutron/v2.0") },
      ];
      return answer(201, { token: { project: { id: "p1" }, catalog } }, { "x-subject-token": "t1" });
    }
    if (request.headers["x-auth-token"] !== "t1") return answer(401, {});
    if (request.url === "/neutron/v2.0/quotas/p1/details") return answer(200, { quota });
    const found = limits[request.url ?? ""];
    return found ? answer(200, found) : answer(404, {});
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), "kpaas-quotas-"));
  for (const name of Object.keys(process.env).filter((one) => one.startsWith("OS_"))) vi.stubEnv(name, undefined);
  vi.stubEnv("HOME", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
  rmSync(folder, { recursive: true });
});

const ask = (more: object = {}) => remainingQuotas(settings.parse({ kind: "openstack", region: "one", ...more }));
const stubAll = (variables: Record<string, string>) => {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
};
const byPassword = () => ({
  OS_AUTH_URL: `${base}/v3`,
  OS_USERNAME: "kim",
  OS_PASSWORD: "right",
  OS_PROJECT_NAME: "platform",
  OS_USER_DOMAIN_NAME: "Users",
  OS_PROJECT_DOMAIN_ID: "default",
});

test("what is left is the limit less what is used; a thing without limit is left out", async () => {
  stubAll(byPassword());
  expect(await ask()).toEqual({
    ...{ machines: 6, memoryGiB: 49, volumes: 0, volumesGiB: 750 },
    ...{ networkPorts: 479, publicAddresses: 479, securityGroups: 479, securityGroupRules: 479 },
  });
  expect(logins).toEqual([
    {
      identity: {
        methods: ["password"],
        password: { user: { name: "kim", domain: { name: "Users" }, password: "right" } },
      },
      scope: { project: { name: "platform", domain: { id: "default" } } },
    },
  ]);
});

test("an application credential of clouds.yaml asks for its own project", async () => {
  const file = join(folder, "clouds.yaml");
  writeFileSync(
    file,
    `clouds:\n  office:\n    region_name: one\n    auth: { auth_url: "${base}", application_credential_id: a1, application_credential_secret: s1 }\n`,
  );
  vi.stubEnv("OS_CLIENT_CONFIG_FILE", file);
  expect((await ask({ cloud: "office" }))?.machines).toBe(6);
  expect(logins).toEqual([
    { identity: { methods: ["application_credential"], application_credential: { id: "a1", secret: "s1" } } },
  ]);
});

test("a login that Keystone refuses is told with the way on, and never with the password", async () => {
  stubAll({ ...byPassword(), OS_PASSWORD: "wrong" });
  const refused = await ask().catch((error) => error);
  expect(refused.message).toBe(
    `127.0.0.1:${(server.address() as AddressInfo).port} refuses the credentials of the OS_* variables (401)`,
  );
  expect(refused.next).toContain("openstack token issue");
});

test("credentials of another kind, or none, ask nobody", async () => {
  expect(await ask()).toBeUndefined();
  stubAll({ OS_AUTH_URL: base, OS_TOKEN: "t", OS_PROJECT_NAME: "platform" });
  expect(await ask()).toBeUndefined();
  expect(await ask({ cloud: "nowhere" })).toBeUndefined();
  expect(logins).toEqual([]);
});

test("a cloud that does not answer is told by its address", async () => {
  stubAll({ ...byPassword(), OS_AUTH_URL: "http://127.0.0.1:1/v3" });
  await expect(ask()).rejects.toThrow("127.0.0.1:1 does not answer");
});
