import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isType } from "./cloud.ts";
import type { CloudObject } from "./store.ts";

/** Lists of its API, and the type of Pulumi's resources that are in them. */
const lists: Record<string, string> = {
  "/servers/detail": "compute/instance:Instance",
  "/os-keypairs": "compute/keypair:Keypair",
  "/os-server-groups": "compute/serverGroup:ServerGroup",
  "/volumes": "blockstorage/volume:Volume",
  "/v2.0/networks": "networking/network:Network",
  "/v2.0/routers": "networking/router:Router",
  "/v2.0/subnets": "networking/subnet:Subnet",
  "/v2.0/security-groups": "networking/secGroup:SecGroup",
  "/v2.0/security-group-rules": "networking/secGroupRule:SecGroupRule",
  "/v2.0/ports": "networking/port:Port",
};

interface Catalog {
  type: string;
  endpoints: { interface: string; region: string; url: string }[];
}

let catalogs: Promise<Catalog[]> | undefined;

/** Serves OpenStack's own API on loopback from the first question on: it finds things by name, as Pulumi's provider cannot. */
export function openstackApi(objects: () => CloudObject[]): Promise<Catalog[]> {
  catalogs ??= serve(objects).then((url) =>
    ["compute", "identity", "network", "volumev3", "load-balancer"].map((type) => ({
      type,
      endpoints: [{ interface: "public", region: "RegionOne", url }],
    })),
  );
  return catalogs;
}

function serve(objects: () => CloudObject[]): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://loopback");
    const type = lists[pathname];
    const all = type ? objects().filter((object) => isType(object.type, type)) : [];
    const listed = all
      .map(asListed)
      .filter((item) => [...searchParams].every(([key, value]) => String(item[key]) === value));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ listed }));
  });
  server.unref();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

function asListed({ id, inputs }: CloudObject): Record<string, unknown> {
  const properties = Object.entries(inputs).map(([key, value]) => [inSnakeCase(key), value]);
  return { metadata: {}, ...Object.fromEntries(properties), id };
}

const inSnakeCase = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
