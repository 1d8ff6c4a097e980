import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
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
  const { setting = "network.cidr" } = spec;
  const engine = await connectContainerEngine();
  for (const existing of await engine.listNetworks()) {
    const subnets = existing.IPAM?.Config?.flatMap(({ Subnet }) => Subnet ?? []) ?? [];
    if (existing.Name === spec.networkName && existing.Labels?.[environmentLabel] === spec.environment) {
      if (subnets.includes(spec.cidr)) return existing.Id;
      await engine.getNetwork(existing.Id).remove();
    } else if (subnets.some((subnet) => overlap(subnet, spec.cidr)))
      throw new UserError(
        `${setting} ${spec.cidr} overlaps the engine's network ${existing.Name} (${subnets.join(", ")})`,
        `choose another ${setting} for this environment`,
      );
  }
  const known = [...hostNetworks(), ...engineBridges()].find(({ cidr }) => overlap(cidr, spec.cidr));
  if (known) {
    const left = isEngineBridge(known)
      ? `; where an engine that was killed left it: ip link delete ${known.device}`
      : "";
    throw new UserError(
      `${setting} ${spec.cidr} overlaps ${known.cidr}, which this machine is on with ${known.device}`,
      `choose another ${setting} for this environment${left}`,
    );
  }
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
