import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { stringify } from "yaml";
import { UserError } from "../../lib/errors.ts";
import { eventually } from "../../lib/eventually.ts";
import { CommandFailed, type Report, run } from "../../lib/run.ts";
import { stopContainerEngine } from "../../local/container-engine.ts";
import { cacheDir } from "../../toolchain/cache.ts";
import { publicNetwork, writeBootSettings } from "./boots/settings.ts";
import { type CloudApi, type Item, type Login, loginOf, openApi } from "./openstack-api.ts";

const script = join(import.meta.dirname, "devcloud.sh");
const folder = (): string => join(cacheDir(), "devcloud");
const cloudsFile = (): string => join(folder(), "clouds.yaml");
const bootSettings = (): string => join(folder(), "boots.json");

/** Lock of a test run that uses the cloud; the kernel lets go of it when the run ends, however it ends. */
const lockPort = 14999;

/** Nova's availability zones. Neutron knows none of them, Cinder the second. */
export const zones = ["zone-1", "zone-2", "zone-3"];

/**
 * A project of a real OpenStack control plane without a data plane on loopback, and its user: one for each test file, as they run side
 * by side. Key pairs are a user's.
 */
export interface Devcloud extends CloudApi {
  /** Variables by which OpenStack clients, Pulumi's provider among them, log in to the project by an application credential. */
  environment: { OS_CLIENT_CONFIG_FILE: string; OS_CLOUD: string };
  /** Login of the project's user. */
  login: Login;
  /** The API as administrator, in the project. */
  admin: CloudApi;
  /** Gives everything that is in the project, by kind, without what each project has from the start. */
  inventory(): Promise<Record<Kind, Item[]>>;
  /** Gives one kind of it. */
  all(kind: Kind): Promise<Item[]>;
  /** Waits until there are so many of a kind, five minutes at most. */
  untilMade(kind: Kind, count: number): Promise<void>;
  /** Sets how many servers the project may have, as its administrator does; each start of the cloud takes it back. */
  allowServers(count: number): Promise<void>;
  /** Halts the hypervisors' processes, so that servers stay in the making. */
  stopHypervisors(): void;
  continueHypervisors(): void;
}

/** Kinds of objects, as OpenStack calls them. */
export type Kind = keyof typeof kinds;

const kinds = {
  server: ["compute", "/servers/detail"],
  keypair: ["compute", "/os-keypairs"],
  serverGroup: ["compute", "/os-server-groups"],
  network: ["network", "/v2.0/networks"],
  subnet: ["network", "/v2.0/subnets"],
  router: ["network", "/v2.0/routers"],
  port: ["network", "/v2.0/ports"],
  securityGroup: ["network", "/v2.0/security-groups"],
  securityGroupRule: ["network", "/v2.0/security-group-rules"],
  floatingIp: ["network", "/v2.0/floatingips"],
  volume: ["volume", "/volumes/detail"],
  loadBalancer: ["load-balancer", "/v2/lbaas/loadbalancers"],
  listener: ["load-balancer", "/v2/lbaas/listeners"],
  pool: ["load-balancer", "/v2/lbaas/pools"],
  healthMonitor: ["load-balancer", "/v2/lbaas/healthmonitors"],
} as const;

/**
 * Brings the cloud up with no more than empty projects; gives what stops it, unless it ran before. About 170 s the first time, as
 * it is installed, then 50 s. A hypervisor in each zone, so that three masters can keep apart. `boots`: its servers are system
 * containers on networks of their own, which go when it stops; without it servers are in its databases only. Throws UserError.
 */
export async function startDevcloud(report: Report, { boots = false } = {}): Promise<() => Promise<void>> {
  const release = await holdLock();
  const devcloudScript = (verb: Verb) => runScript(verb, boots, report);
  // A killed run leaves more than one sees in the project: quotas, services that are switched off.
  const inUse = join(folder(), "in-use");
  const killed = existsSync(inUse);
  const ranBefore = !boots && !killed && (await isRunning());
  const reset = async (why: string) => {
    report(`${why}: the cloud is reset`);
    await devcloudScript("reset");
  };
  const stop = async () => {
    if (!ranBefore) await devcloudScript("down");
    if (boots) await stopContainerEngine(report);
    // The cloud without machines has another range of floating addresses: the next run goes back to it.
    if (!boots) await rm(inUse, { force: true });
    await release();
  };
  try {
    if (boots) {
      mkdirSync(folder(), { recursive: true });
      await writeBootSettings(bootSettings(), report);
      // One that runs already boots nothing.
      await devcloudScript("down");
    }
    if (killed) await reset("an earlier run was killed or had machines");
    await devcloudScript("up");
    await writeFile(inUse, "");
    const left = await leftInProjects();
    if (left > 0) {
      await reset(`${left} things are left of an earlier run`);
      await devcloudScript("up");
    }
    await Promise.all([makeZones(), revertQuotas()]);
    if (boots) await usePublicRange(publicNetwork.subnet, publicNetwork.gateway);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** Gives the external network another range, from which nothing is taken yet. */
async function usePublicRange(cidr: string, gateway: string): Promise<void> {
  const admin = await administrator("admin");
  const name = "public";
  const found = await admin.request("network", `/v2.0/networks?name=${name}`);
  const [network] = (found as { networks: { id: string; subnets: string[] }[] }).networks;
  for (const id of network?.subnets ?? []) await admin.request("network", `/v2.0/subnets/${id}`, { method: "DELETE" });
  const subnet = { name, network_id: network?.id, ip_version: 4, cidr, gateway_ip: gateway, enable_dhcp: false };
  await admin.request("network", "/v2.0/subnets", { method: "POST", body: { subnet } });
}

/** Makes Nova's zones, which are host aggregates; the cloud has its one default zone until it is told. */
async function makeZones(): Promise<void> {
  const admin = await administrator();
  const made = await admin.list("compute", "/os-aggregates");
  for (const [index, zone] of zones.entries()) {
    if (made.some(({ name }) => name === zone)) continue;
    await admin.request("compute", "/os-aggregates", {
      method: "POST",
      body: { aggregate: { name: zone, availability_zone: zone } },
    });
    const aggregate = (await admin.list("compute", "/os-aggregates")).find(({ name }) => name === zone);
    await admin.request("compute", `/os-aggregates/${aggregate?.id}/action`, {
      method: "POST",
      body: { add_host: { host: `devcloud-${index + 1}` } },
    });
  }
}

const administrator = async (project = "demo") => openApi(await loginOf(cloudsFile(), "devcloud-admin"), project);

async function leftInProjects(): Promise<number> {
  const ours = await projects();
  const inventories = await Promise.all(ours.map(async ({ name }) => (await devcloud(name)).inventory()));
  return inventories.flatMap((found) => Object.values(found)).flat().length;
}

const projects = async () =>
  (await (await administrator()).list("identity", "/projects")).filter(({ name }) => name.startsWith(prefix));

/** Gives the projects Nova's own quotas again: a test that failed may have left others. */
async function revertQuotas(): Promise<void> {
  const admin = await administrator();
  for (const { id } of await projects()) await admin.request("compute", `/os-quota-sets/${id}`, { method: "DELETE" });
}

const prefix = "e2e-";

/** Gives a project of the running cloud, made if need be. */
export async function devcloud(project: string): Promise<Devcloud> {
  await ensureProject(project);
  const login = { ...(await loginOf(cloudsFile(), "devcloud")), username: project };
  const [member, admin] = await Promise.all([openApi(login, project), administrator(project)]);
  const [given] = await member.list("network", "/v2.0/security-groups?name=default");
  const all = async (kind: Kind) => {
    const [service, path] = kinds[kind];
    const found = await member.list(service, path);
    return found.filter(({ id, security_group_id: groupId }) => !given || ![id, groupId].includes(given.id));
  };
  return {
    ...member,
    login,
    admin,
    stopHypervisors: () => signalHypervisors("SIGSTOP"),
    continueHypervisors: () => signalHypervisors("SIGCONT"),
    environment: { OS_CLIENT_CONFIG_FILE: await giveCredential(project, member), OS_CLOUD: project },
    all,
    allowServers: async (instances) => {
      const path = `/os-quota-sets/${member.projectId}`;
      await admin.request("compute", path, { method: "PUT", body: { quota_set: { instances } } });
    },
    untilMade: (kind, count) =>
      eventually(300, async () => {
        const made = (await all(kind)).length;
        if (made < count) throw new Error(`${made} ${kind} after five minutes, not ${count}`);
      }),
    inventory: async () => {
      const lists = Object.keys(kinds).map(async (kind) => [kind, await all(kind as Kind)] as const);
      return Object.fromEntries(await Promise.all(lists)) as Record<Kind, Item[]>;
    },
  };
}

/** Makes the project, with a user of the same name, whose password is that of `demo`. */
async function ensureProject(name: string): Promise<void> {
  const admin = await administrator();
  const named = async (path: string, wanted: string) =>
    (await admin.list("identity", path)).find((each) => each.name === wanted)?.id;
  if (await named("/projects", name)) return;
  const { password } = await loginOf(cloudsFile(), "devcloud");
  const domain_id = "default";
  await admin.request("identity", "/users", { method: "POST", body: { user: { name, password, domain_id } } });
  await admin.request("identity", "/projects", { method: "POST", body: { project: { name, domain_id } } });
  const id = await named("/projects", name);
  for (const [user, role] of [
    [name, "member"],
    [name, "load-balancer_member"],
    ["admin", "admin"],
  ] as const) {
    const [userId, roleId] = [await named("/users", user), await named("/roles", role)];
    await admin.request("identity", `/projects/${id}/users/${userId}/roles/${roleId}`, { method: "PUT" });
  }
}

/** Makes an application credential, and gives the file that names it. */
async function giveCredential(project: string, { userId, authUrl, list, request }: CloudApi): Promise<string> {
  const path = `/users/${userId}/application_credentials`;
  for (const { id, name } of await list("identity", path))
    if (name === project) await request("identity", `${path}/${id}`, { method: "DELETE" });
  const body = { application_credential: { name: project } };
  // Keystone, asked by several at once, may not have heard yet of the roles that it has just been told of.
  const answer = await eventually(20, () => request("identity", path, { method: "POST", body }));
  const { application_credential: given } = answer as { application_credential: { id: string; secret: string } };
  const cloud = {
    region_name: "RegionOne",
    auth_type: "v3applicationcredential",
    auth: { auth_url: authUrl, application_credential_id: given.id, application_credential_secret: given.secret },
  };
  const file = join(folder(), `clouds-${project}.yaml`);
  await writeFile(file, stringify({ clouds: { [project]: cloud } }), { mode: 0o600 });
  return file;
}

/** Signals the hypervisors. Each is the leader of a process group; devcloud.sh notes `<pid> <start time>`. */
function signalHypervisors(signal: NodeJS.Signals): void {
  for (const index of zones.keys()) {
    const [pid] = readFileSync(join(folder(), "run", `nova-compute-${index + 1}.pid`), "utf8").split(" ");
    process.kill(-Number(pid), signal);
  }
}

const environment = () => ({ DEVCLOUD_DIR: folder(), DEVCLOUD_COMPUTES: String(zones.length) });

type Verb = "up" | "down" | "reset";

async function runScript(verb: Verb, boots: boolean, report: Report): Promise<void> {
  try {
    // Its progress is on standard output, of which `run` gives lines only at the end.
    await run("sh", ["-c", '"$0" "$1" >&2', script, verb], {
      env: { ...environment(), ...(boots ? { DEVCLOUD_BOOTS: bootSettings() } : {}) },
      onErrorLine: (line) => {
        if (line.startsWith("[devcloud")) report(line);
      },
    });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(`the OpenStack control plane for tests: ${verb} failed: ${error.message}`);
  }
}

async function isRunning(): Promise<boolean> {
  try {
    await run(script, ["status"], { env: environment() });
    return true;
  } catch (error) {
    if (error instanceof CommandFailed) return false;
    throw error;
  }
}

function holdLock(): Promise<() => Promise<void>> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", () =>
      reject(
        new UserError(
          `another run of the OpenStack tests is under way on this machine (127.0.0.1:${lockPort} is taken)`,
        ),
      ),
    );
    server.listen(lockPort, "127.0.0.1", () => resolve(() => new Promise((done) => server.close(() => done()))));
  });
}
