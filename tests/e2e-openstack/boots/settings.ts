import { getServers } from "node:dns";
import { lookup } from "node:dns/promises";
import { writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { Address4 } from "ip-address";
import { roleFacts } from "../../../config/roles/index.ts";
import { versions } from "../../../config/versions.ts";
import { UserError } from "../../../lib/errors.ts";
import type { Report } from "../../../lib/run.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../../local/container-engine.ts";
import { systemContainer, systemMounts } from "../../../local/machine.ts";
import { ensureCloudImage } from "./machine-images.ts";

/**
 * Range of the floating addresses, and this machine's own address in it, which operators come from. It is a container network of this
 * machine, so a range of documentation will not do: test machines reach their package registries in such ones.
 */
export const publicNetwork = { subnet: "10.203.113.0/24", gateway: "10.203.113.1" };

/** Ranges that operators come from. */
export const operators = [`${publicNetwork.gateway}/32`];

/** Registry of every platform: machines reach no upstream, so that `up` puts the images there. */
export const registry = { fill: "installer" };

/** Names that this machine may fetch from, also for others, while the network is there. */
const sources = [
  "deb.debian.org",
  "registry.npmjs.org",
  "proxy.golang.org",
  "pypi.org",
  "dl.k8s.io",
  "registry.k8s.io",
];

/** Sees that nothing that this machine reaches is in the range, which would be cut off. @throws UserError */
async function refuseTakenRange(): Promise<void> {
  const range = new Address4(publicNetwork.subnet);
  const resolved = sources.map(async (name) => {
    const found = await lookup(name, { family: 4, all: true }).catch(() => []);
    return found.map(({ address }) => ({ name, address }));
  });
  const servers = getServers().map((address) => ({ name: "a name server", address }));
  const interfaces = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address }) => ({ name, address })),
  );
  const reached = [...(await Promise.all(resolved)).flat(), ...servers, ...interfaces];
  const taken = reached.find(({ address }) => Address4.isValid(address) && new Address4(address).isInSubnet(range));
  if (taken)
    throw new UserError(
      `${taken.name} is at ${taken.address}, in ${publicNetwork.subnet}, the range of the tests' floating addresses`,
      "give the tests another range: publicNetwork in tests/e2e-openstack/boots/settings.ts",
    );
}

/** Makes the images, and writes what `devcloud_boots` makes machines from. */
export async function writeBootSettings(file: string, report: Report): Promise<void> {
  await refuseTakenRange();
  const { host } = await ensureContainerEngine(report);
  const engine = await connectContainerEngine();
  const { kubernetes } = versions;
  const machineImage = await ensureCloudImage(kubernetes, report);
  const settings = {
    socket: host.replace("unix://", ""),
    machineImage,
    dataPaths: Object.fromEntries(
      Object.entries(roleFacts).flatMap(([role, { dataPath }]) => (dataPath ? [[role, dataPath]] : [])),
    ),
    hostConfig: { ...systemContainer(), Mounts: await systemMounts(engine) },
    publicSubnet: publicNetwork.subnet,
    publicGateway: publicNetwork.gateway,
  };
  await writeFile(file, JSON.stringify(settings, null, 2));
}
