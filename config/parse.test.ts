import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { rawEnvironments } from "../tests/harness/environments/arbitrary-environment.ts";
import { exampleEnvironment, problems } from "../tests/harness/environments/example-environment.ts";
import { infrastructureKinds } from "./infrastructure/catalog.ts";
import { parseEnvironment } from "./parse.ts";

const local = { infrastructure: { kind: "local" } };

describe("what is accepted", () => {
  test("a file of one line; defaults do the rest", () => {
    const { name, network, containerPlatform } = parseEnvironment("dev", local);
    expect(name).toBe("dev");
    expect(network).toEqual({
      cidr: "10.180.0.0/24",
      podCidr: "10.233.64.0/18",
      serviceCidr: "10.233.0.0/18",
      zones: 1,
      adminCidrs: ["10.180.0.1/32"],
      domain: "dev.kpaas.internal",
    });
    expect(containerPlatform).toMatchObject({
      kubernetesVersion: "1.36.3",
      podNetwork: "flannel",
      masters: { count: 1, size: { vcpus: 4, memoryGiB: 16, diskGiB: 80 } },
      workerPools: [{ name: "worker", count: 1, labels: {}, taints: [] }],
      haproxy: { count: 1 },
      database: { consumers: ["portal"] },
      storage: { kind: "nfs", className: "cp-storageclass" },
    });
  });

  test("every valid file, unchanged where the user said something", () => {
    fc.assert(
      fc.property(rawEnvironments, (raw) => {
        expect(parseEnvironment("dev", raw)).toMatchObject(raw);
      }),
    );
  });

  test("the same file always gives the same environment", () => {
    fc.assert(
      fc.property(rawEnvironments, (raw) => {
        expect(JSON.stringify(parseEnvironment("dev", raw))).toBe(JSON.stringify(parseEnvironment("dev", raw)));
      }),
    );
  });

  test("a default range moves the default administrator with it", () => {
    expect(exampleEnvironment({ network: { cidr: "10.9.8.0/24" } }).network.adminCidrs).toEqual(["10.9.8.1/32"]);
  });

  const folder = new URL("../stacks/", import.meta.url);
  const files = readdirSync(folder).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  test.each(files)("the committed environment file of %s", (name) => {
    const file = parseYaml(readFileSync(new URL(`Pulumi.${name}.yaml`, folder), "utf8"));
    expect(problems(file.config["kpaas:environment"], name)).toEqual([]);
  });
});

describe("infrastructures", () => {
  test("a missing one is asked for", () => {
    expect(problems({})).toEqual(["infrastructure: is required: write infrastructure: { kind: local }"]);
  });

  const built = infrastructureKinds().join(", ");

  test("a cloud needs to know its operators, and has a bastion", () => {
    const openstack = { infrastructure: { kind: "openstack" } };
    expect(problems(openstack)).toEqual([
      "network.adminCidrs: is required on openstack: nobody could reach the platform; name your operators' own ranges",
    ]);
    const environment = parseEnvironment("dev", { ...openstack, network: { adminCidrs: ["203.0.113.0/24"] } });
    expect(environment.bastion).toEqual({ size: { vcpus: 1, memoryGiB: 2, diskGiB: 20 }, generation: 1 });
    expect(exampleEnvironment().bastion).toBeUndefined();
  });

  test("an unknown one is refused with the nearest known one", () => {
    expect(problems({ infrastructure: { kind: "lokal" } })).toEqual([
      `infrastructure.kind: must be ${built} (got "lokal"); did you mean local?`,
    ]);
  });
});

describe("several problems", () => {
  test("come at once: from the schema, from single settings and from rules over several", () => {
    const raw = {
      ...local,
      services: {},
      network: { podCidr: "10.233.0.0/18", zones: "one" },
      containerPlatform: {
        masters: { count: 2, size: { vcpus: 1 } },
        workerPool: [],
        podNetwork: "calico",
        workerPools: [{ name: "a" }, { name: "a", count: -1 }],
        storage: { kind: "rook-ceph" },
      },
    };
    expect(problems(raw, "Dev").map((line) => line.split(": ")[0])).toEqual([
      "network.zones",
      "containerPlatform.masters.count",
      "containerPlatform.masters.size.vcpus",
      "containerPlatform.workerPools[1].count",
      "containerPlatform.workerPool",
      "services",
      "stack name",
      "containerPlatform.workerPools[1].name",
      "network.serviceCidr",
      "containerPlatform.kubernetesVersion",
      "containerPlatform.storage.kind",
      "containerPlatform.podNetwork",
    ]);
  });

  test("rook-ceph also says how many workers it would need", () => {
    expect(problems({ ...local, containerPlatform: { storage: { kind: "rook-ceph" } } })).toEqual([
      "containerPlatform.storage.kind: rook-ceph is not yet built; use nfs",
      "containerPlatform.workerPools: too few workers for storage of kind rook-ceph, which needs 3 (got 1); raise a pool's count",
    ]);
  });

  test("a broken setting is named alone: no rule judges a default that stands in for it", () => {
    const broken = rawEnvironments.chain((raw) => {
      const places = scalars(raw).filter(([first]) => first !== "infrastructure");
      return fc.tuple(fc.constant(raw), places.length > 0 ? fc.constantFrom(...places) : fc.constant(undefined));
    });
    fc.assert(
      fc.property(broken, ([raw, place]) => {
        fc.pre(place !== undefined);
        const paths = problems(withValue(raw, place, [])).map((line) => line.split(": ")[0]);
        expect(paths).toEqual([
          place
            .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
            .join("")
            .slice(1),
        ]);
      }),
    );
  });

  test("anything at all is either accepted or refused by a UserError", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (network, containerPlatform) => {
        problems({ ...local, network, containerPlatform });
        problems(network);
      }),
    );
  });
});

test("what stands at a wrong place is never repeated: it may be a secret", () => {
  const secret = "hunter2hunter2";
  const raw = {
    ...local,
    password: secret,
    containerPlatform: {
      registry: { password: secret },
      database: { consumers: [{ name: "portal", password: secret }] },
      masters: [secret],
    },
  };
  const found = problems(raw);
  expect(found).toHaveLength(4);
  expect(found.join()).not.toContain(secret);
});

type Place = (string | number)[];

/** Gives the places at which a file holds text, numbers or booleans. */
function scalars(value: unknown, place: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return [place];
  const keyed = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return keyed.flatMap(([key, inner]) => scalars(inner, [...place, key]));
}

function withValue(raw: unknown, [key, ...place]: Place, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = structuredClone(raw) as Record<string | number, unknown>;
  copy[key] = withValue(copy[key], place, value);
  return copy;
}
