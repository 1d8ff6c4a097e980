import { afterAll, beforeAll, expect, test } from "vitest";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import type { Run } from "../harness/platform/commands.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import type { Devcloud } from "./devcloud.ts";
import type { Item } from "./openstack-api.ts";
import { type OpenstackPlatform, openstackPlatform } from "./openstack-platform.ts";

const name = "e2e-errors";
const settings = (machineTypes?: object[]) => ({
  infrastructure: { kind: "openstack", machineTypes },
  network: { cidr: "10.194.0.0/24", adminCidrs: ["198.51.100.0/24"] },
});

/** A flavor that names the machines' sizes and is larger than any hypervisor. */
const vast = { name: "e2e.vast", vcpus: 8, memoryGiB: 16 };

let cloud: Devcloud;
let platform: TestPlatform;
let stop: OpenstackPlatform["stop"];
let credential: { id: string };

beforeAll(async () => {
  ({ cloud, platform, stop } = await openstackPlatform(name, ({ authUrl }) => ({
    OS_AUTH_URL: authUrl,
    OS_REGION_NAME: "RegionOne",
  })));
  platform.configure(settings());
  await giveCredential("first");
});

afterAll(async () => {
  await stop?.();
  await revokeCredential().catch(() => {});
  await cloud?.admin.request("compute", `/flavors/${vast.name}`, { method: "DELETE" }).catch(() => {});
});

const credentials = () => `/users/${cloud.userId}/application_credentials`;

/** Makes a credential, and gives it to the platform by the OS_* variables that OpenStack's own clients read. */
async function giveCredential(credentialName: string): Promise<void> {
  const body = { application_credential: { name: `${name}-${credentialName}` } };
  const answer = await cloud.request("identity", credentials(), { method: "POST", body });
  const given = (answer as { application_credential: { id: string; secret: string } }).application_credential;
  credential = given;
  platform.addEnvironment({
    OS_APPLICATION_CREDENTIAL_ID: given.id,
    OS_APPLICATION_CREDENTIAL_SECRET: given.secret,
  });
}

const revokeCredential = () => cloud.request("identity", `${credentials()}/${credential.id}`, { method: "DELETE" });

/** Expects a failure that tells how to go on, without a stack. */
function expectResumable({ code, stderr }: Run): void {
  expect(code, stderr).toBe(1);
  expect(stderr).toContain(`./kpaas up ${name}   (goes on from here)`);
  expect(stderr).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
}

test("a project whose quota does not do is told before anything is made, and so is a login that is refused", async () => {
  await cloud.allowServers(3);
  const scarce = await platform.kpaas("up");
  await cloud.allowServers(1000);
  expect(scarce.code, scarce.stderr).not.toBe(0);
  expect(scarce.stderr).toMatch(/quota: e2e-errors needs \d+ instances, and the project has 3 left/);
  platform.addEnvironment({ OS_APPLICATION_CREDENTIAL_SECRET: "another" });
  const refused = await platform.kpaas("up");
  expect(refused.stderr).toMatch(/credentials: .* refuses the credentials of the OS_\* variables \(401\)/);
  expect(await cloud.all("router")).toEqual([]);
  await revokeCredential();
  await giveCredential("first-again");
});

test("a credential revoked in the middle of an up is told as the cloud says it", async () => {
  const up = platform.kpaas("up");
  const ended = up.then(({ stderr }) => Promise.reject(new Error(`it ended before anything was made: ${stderr}`)));
  await Promise.race([cloud.untilMade("router", 1), ended]);
  await revokeCredential();
  const failed = await up;
  expectResumable(failed);
  expect(failed.stderr).toMatch(/401|Unauthorized|Authentication failed|Could not find/);
});

test("with another credential up goes on; a server that no hypervisor takes is told by its name", async () => {
  await giveCredential("second");
  const flavor = { name: vast.name, vcpus: vast.vcpus, ram: 20_000_000, disk: 20 };
  await cloud.admin.request("compute", "/flavors", { method: "POST", body: { flavor: { ...flavor, id: vast.name } } });
  platform.configure(settings([vast]));
  const failed = await platform.kpaas("up");
  expectResumable(failed);
  expect(failed.stderr).toMatch(/instance platform-[a-z]+-?1?: /);
  expect(failed.stderr).toMatch(/ERROR/);
  platform.configure(settings());
});

test("up goes on from there, and what failed leaves nothing behind", async () => {
  await platform.kpaasOk("up");
  const { server, port, volume, ...rest } = await cloud.inventory();
  const planned = planMachines(parseEnvironment(name, settings())).map(({ hostname }) => hostname);
  expect(server.map((each) => `${each.name} ${each.status}`).sort()).toEqual(
    planned.map((hostname) => `${hostname} ACTIVE`).sort(),
  );
  const known = await platform.idsInState();
  const asked = [...Object.values(rest).flat(), ...port, ...volume].filter(isAskedFor);
  expect([...server, ...asked].filter(({ id }) => !known.has(id))).toEqual([]);
});

/** Excludes what Nova and Neutron make by themselves: servers' ports and boot disks, groups' rules for what goes out. */
const isAskedFor = (item: Item) => (item.direction ? item.direction === "ingress" : item.name !== "");

test("destroy leaves nothing", async () => {
  await platform.kpaasOk("destroy", ["--yes"]);
  expect(Object.values(await cloud.inventory()).flat()).toEqual([]);
});
