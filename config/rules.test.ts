import { describe, expect, test } from "vitest";
import { exampleEnvironment, problems } from "../tests/harness/environments/example-environment.ts";
import { rules } from "./rules.ts";

const local = { infrastructure: { kind: "local" } };

describe("the stack's name", () => {
  test.each(["Dev", "my_stack", "-dev", "dev-", "a.b", "", "a".repeat(41)])("%j is refused", (name) => {
    expect(problems(local, name)).toEqual([expect.stringMatching(/^stack name: must be lower-case letters/)]);
  });

  test.each(["dev", "a", "7", "a-1", "a".repeat(40)])("%j is accepted", (name) => {
    expect(problems(local, name)).toEqual([]);
  });

  test("and a pool's name together must leave host names that DNS takes", () => {
    const named = (length: number) => ({
      ...local,
      containerPlatform: { workerPools: [{ name: "p".repeat(length), count: 10 }] },
    });
    expect(problems(named(63 - 40 - 4), "a".repeat(40))).toEqual([]);
    expect(problems(named(63 - 40 - 3), "a".repeat(40))).toEqual([
      expect.stringMatching(
        /^containerPlatform.workerPools\[0\].name: must leave host names at most 63 characters: .* has 64/,
      ),
    ]);
  });
});

test("a range is too small for its zones when their subnets do not hold the roles' blocks", () => {
  const zoned = (cidr: string) =>
    problems({ ...local, network: { cidr, zones: 3 } }).filter((line) => line.includes("cidr"));
  expect(zoned("10.180.0.0/24")).toEqual([
    'network.cidr: must leave each of 3 zones at least a /25 (got "10.180.0.0/24"); use a /23 or larger',
  ]);
  expect(zoned("10.180.0.0/23")).toEqual([]);
});

test("a pod network is refused with a Kubernetes it is not made for", () => {
  const pair = (kubernetesVersion: string) =>
    problems({ ...local, containerPlatform: { kubernetesVersion, podNetwork: "calico" } }).filter((line) =>
      line.includes("is not made for"),
    );
  expect(pair("1.36.3")).toEqual([
    'containerPlatform.kubernetesVersion: calico 3.31.2 is not made for Kubernetes 1.36 (got "1.36.3"); use Kubernetes 1.34 or 1.35, or flannel',
  ]);
  expect(pair("1.35.2")).toEqual([]);
});

test.each([
  "example.com/tier",
  "tier",
  "node.kubernetes.io/speed",
  "sub.node.kubernetes.io/x",
  "topology.kubernetes.io/zone",
])("a node may label itself %s", (key) => {
  expect(problems({ ...local, containerPlatform: { workerPools: [{ name: "a", labels: { [key]: "x" } }] } })).toEqual(
    [],
  );
});

// What a rule reads without declaring it would be judged by its default where the user's own value is broken.
test.each(rules.map((rule) => [rule.problems.name, rule] as const))(
  "%s declares every setting that it reads",
  (_, rule) => {
    const taints = [{ key: "a", value: "b", effect: "NoSchedule" as const }];
    const workerPools = [{ name: "a", count: 2, taints }, { name: "b" }, { name: "c", taints }];
    const read = new Set<string>();
    rule.problems(observed(exampleEnvironment({ containerPlatform: { workerPools } }), read));
    const declared = (setting: string) => rule.reads.some((prefix) => `${setting}.`.startsWith(`${prefix}.`));
    expect([...read].filter((setting) => setting !== "name" && !declared(setting))).toEqual([]);
  },
);

/** Gives a view of an environment that notes which plain values are read. */
function observed<T extends object>(value: T, read: Set<string>, path: string[] = []): T {
  return new Proxy(value, {
    get(target, key) {
      const inner = Reflect.get(target, key);
      const isOwn = Object.hasOwn(target, key) && !(Array.isArray(target) && key === "length");
      if (!isOwn) return inner;
      const place = [...path, Array.isArray(target) ? "*" : String(key)];
      if (typeof inner === "object" && inner !== null) return observed(inner, read, place);
      read.add(place.join("."));
      return inner;
    },
  });
}
