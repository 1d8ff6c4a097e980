import { describe, expect, test } from "vitest";
import { images } from "../config/images.ts";
import { forgottenSteps } from "../tests/harness/environments/cluster-parts.ts";
import type { ClusterPart } from "./part.ts";
import { deploymentAvailable } from "./workload.ts";

const labels = { app: "greeter" };
const metadata = { name: "greeter", namespace: "greeter" };

/** A small part as the recipe builds it: an image, a ConfigMap, a Deployment, a check. */
const greeter: ClusterPart = {
  name: "greeter",
  example: { containerPlatform: { database: { consumers: ["greeter"] } } },
  isIn: ({ containerPlatform }) => containerPlatform.database.consumers.includes("greeter"),
  images: () => [images.busybox],
  ports: () => [{ role: "worker", protocol: "tcp", port: 30080 }],
  databases: ["greeter"],
  objects: () => [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "greeter" } },
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { greeting: "hello" } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "greeter", image: images.busybox }] } },
      },
    },
  ],
  checks: [{ name: "it greets", run: (cluster) => deploymentAvailable(cluster, "greeter", "greeter") }],
};

test("a whole part has no forgotten step", () => {
  expect(forgottenSteps(greeter)).toEqual([]);
});

describe("a forgotten step is named with its part", () => {
  const podOf = (image: string, name = "greeter", namespace = "greeter") => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: { containers: [{ name: "greeter", image }] },
  });
  const alsoMakes = (object: ReturnType<typeof podOf>): Partial<ClusterPart> => ({
    objects: (facts) => [...greeter.objects(facts), object],
  });
  const strange = "docker.io/library/greeter:1";
  test.each<[string, Partial<ClusterPart>, string]>([
    ["the example", { example: {} }, "its example does not bring it: isIn or example is wrong"],
    ["the objects", { objects: () => [] }, "it has neither objects nor a manifest"],
    ["an object's name", alsoMakes(podOf(images.busybox, "")), "Pod  lacks apiVersion, kind or name"],
    ["an object's namespace", alsoMakes(podOf(images.busybox, "a", "b")), "Pod a: nothing makes b"],
    ["an image in images()", alsoMakes(podOf(images.flannel)), `images() lacks ${images.flannel}`],
    ["an image in the table", { images: () => [images.busybox, strange] }, `config/images.ts lacks ${strange}`],
    [
      "a port in the table",
      { ports: () => [{ role: "worker", protocol: "tcp", port: 80 }] },
      "config/ports.ts does not open tcp 80 of worker",
    ],
    ["a database", { databases: ["other"] }, "containerPlatform.database.consumers lacks other"],
    ["the check", { checks: [] }, "nothing checks Deployment greeter"],
    [
      "the check of a manifest",
      { objects: () => [], manifest: { url: "https://example.org/a.yaml", sha256: "0".repeat(64) }, checks: undefined },
      "nothing checks what its manifest brings",
    ],
  ])("%s", (_step, change, problem) => {
    expect(forgottenSteps({ ...greeter, ...change })).toContain(`greeter: ${problem}`);
  });

  test("a setting that the schema lacks", () => {
    const [problem] = forgottenSteps({ ...greeter, example: { containerPlatform: { noSuchSetting: {} } } });
    expect(problem).toMatch(/^greeter: config\/schema.ts refuses its example: .*containerPlatform.noSuchSetting/s);
  });

  test("objects that differ from call to call", () => {
    let calls = 0;
    const objects: ClusterPart["objects"] = (facts) => [
      ...greeter.objects(facts),
      podOf(images.busybox, `greeter-${calls++}`),
    ];
    expect(forgottenSteps({ ...greeter, objects })).toContain("greeter: the same facts give other objects");
  });
});
