import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { NetworkInspectInfo } from "dockerode";
import { Address4 } from "ip-address";
import { UserError } from "../lib/errors.ts";
import { connectContainerEngine } from "./container-engine.ts";
import { type HostRoute, parseRoutes } from "./host-routes.ts";
import { environmentLabel } from "./labels.ts";
import { exists, removed } from "./missing.ts";

const ethernetMtu = 1500;

export interface NetworkSpec {
  networkName: string;
  environment: string;
  cidr: string;
  /** Name of the range's setting in the environment's file, for errors. @default network.cidr */
  setting?: string;
  gateway: string;
  dynamicCidr: string;
}

/** Makes the network, or takes over the same one that a killed `up` left. Gives the container engine's id of it. */
export async function createNetwork(spec: NetworkSpec): Promise<string> {
  const engine = await connectContainerEngine();
  const networks = await engine.listNetworks();
  for (const existing of networks.filter((one) => isOwn(one, spec))) {
    if (subnetsOf(existing).includes(spec.cidr)) return existing.Id;
    await engine.getNetwork(existing.Id).remove();
  }
  const conflict = conflictWith(networks, spec);
  if (conflict) throw conflict;
  const network = await engine.createNetwork({
    Name: spec.networkName,
    CheckDuplicate: true,
    Driver: "bridge",
    Options: { "com.docker.network.driver.mtu": String(uplinkMtu()) },
    IPAM: { Config: [{ Subnet: spec.cidr, Gateway: spec.gateway, IPRange: spec.dynamicCidr }] },
    Labels: { [environmentLabel]: spec.environment },
  });
  return network.id;
}

/** Gives the error with which a network could not be made; undefined where it can be, or is there. */
export async function networkConflict(spec: NetworkSpec): Promise<UserError | undefined> {
  const networks = await (await connectContainerEngine()).listNetworks();
  const isThere = networks.some((one) => isOwn(one, spec) && subnetsOf(one).includes(spec.cidr));
  return isThere ? undefined : conflictWith(networks, spec);
}

const isOwn = ({ Name, Labels }: NetworkInspectInfo, { networkName, environment }: NetworkSpec): boolean =>
  Name === networkName && Labels?.[environmentLabel] === environment;

const subnetsOf = ({ IPAM }: NetworkInspectInfo): string[] => IPAM?.Config?.flatMap(({ Subnet }) => Subnet ?? []) ?? [];

function conflictWith(networks: readonly NetworkInspectInfo[], spec: NetworkSpec): UserError | undefined {
  const { cidr, setting = "network.cidr" } = spec;
  const own = networks.filter((one) => isOwn(one, spec)).flatMap(subnetsOf);
  const other = networks.find((one) => !isOwn(one, spec) && subnetsOf(one).some((subnet) => overlap(subnet, cidr)));
  const choose = `choose another ${setting} for this environment`;
  if (other)
    return new UserError(
      `${setting} ${cidr} overlaps the engine's network ${other.Name} (${subnetsOf(other).join(", ")})`,
      choose,
    );
  // This machine is on a network of the environment's own as long as it is there.
  const known = [...hostNetworks(), ...engineBridges()].find(
    (host) => overlap(host.cidr, cidr) && !own.some((subnet) => overlap(subnet, host.cidr)),
  );
  if (!known) return undefined;
  const left = isEngineBridge(known) ? `; where an engine that was killed left it: ip link delete ${known.device}` : "";
  return new UserError(
    `${setting} ${cidr} overlaps ${known.cidr}, which this machine is on with ${known.device}`,
    `${choose}${left}`,
  );
}

export async function networkExists(id: string): Promise<boolean> {
  const engine = await connectContainerEngine();
  return exists(engine.getNetwork(id).inspect());
}

export async function removeNetwork(id: string): Promise<void> {
  const engine = await connectContainerEngine();
  await removed(engine.getNetwork(id).remove());
}

function hostNetworks(): HostRoute[] {
  return Object.entries(networkInterfaces()).flatMap(([device, addresses = []]) =>
    addresses.flatMap(({ cidr, family }) => (cidr && family === "IPv4" ? { cidr, device } : [])),
  );
}

/**
 * Gives the routes of bridges that a killed container engine left: they have no link, so they are no interfaces in use,
 * and take packets all the same.
 */
function engineBridges(): HostRoute[] {
  const file = "/proc/net/route";
  return existsSync(file) ? parseRoutes(readFileSync(file, "utf8")).filter(isEngineBridge) : [];
}

const isEngineBridge = ({ device }: HostRoute): boolean => device.startsWith("br-");

/** Gives the MTU of the interface that the default route uses: larger packets would not leave this machine. */
function uplinkMtu(): number {
  try {
    const routes = readFileSync("/proc/net/route", "utf8").split("\n");
    const uplink = routes.map((line) => line.split("\t")).find(([, destination]) => destination === "00000000")?.[0];
    return Number(readFileSync(`/sys/class/net/${uplink}/mtu`, "utf8"));
  } catch {
    return ethernetMtu;
  }
}

function overlap(a: string, b: string): boolean {
  if (a.includes(":") || b.includes(":")) return false;
  const [one, other] = [new Address4(a), new Address4(b)];
  return one.isInSubnet(other) || other.isInSubnet(one);
}
