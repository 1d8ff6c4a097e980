import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import type { Environment } from "../config/environment.ts";
import { createInfrastructure } from "../stacks/local/index.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { type Recorded, record } from "../tests/harness/mocks/mocks.ts";
import { ContainerPlatform } from "./container-platform.ts";
import type { Infrastructure, LoadBalancerArgs } from "./infrastructure.ts";
import { Rollout } from "./rollout.ts";

class Way extends pulumi.CustomResource {
  constructor(name: string, opts: pulumi.CustomResourceOptions) {
    super("test:index:Way", name, {}, opts);
  }
}

interface Asked {
  args: Pick<LoadBalancerArgs, "address" | "ports" | "adminCidrs">;
  targets: Record<number, string[]>;
}

/** Records the machines of `local`, with a load balancer that notes what is asked of it. */
async function withLoadBalancer(): Promise<{ recorded: Recorded; asked: Asked; nodesAfter: Map<string, string[]> }> {
  const { containerPlatform, ...example } = exampleEnvironment({ containerPlatform: { masters: { count: 3 } } });
  const { haproxy: _, ...platform } = containerPlatform;
  const environment: Environment = { ...example, containerPlatform: { ...platform, gateway: "load-balancer" } };
  const targets: Asked["targets"] = {};
  const asked: Partial<Asked> = { targets };
  const loadBalancer: Infrastructure["loadBalancer"] = (_, { address, ports, adminCidrs }, opts) => {
    asked.args = { address, ports, adminCidrs };
    return {
      publicEndpoints: pulumi.output(Object.fromEntries(ports.map((port) => [port, `balancer.example:${port}`]))),
      addTargets(name, port, machines) {
        targets[port] = machines.map(({ plan }) => plan.name);
        return { all: [new Way(name, opts)], ofMachine: new Map() };
      },
    };
  };
  const nameOf = new Map<unknown, string>();
  const nodesAfter = new Map<string, string[]>();
  const recorded = await record(async () => {
    pulumi.runtime.registerStackTransformation(({ resource, type, name, opts }) => {
      nameOf.set(resource, name);
      const before = [(opts as pulumi.CustomResourceOptions).dependsOn ?? []].flat();
      if (type === "kpaas:index:Node")
        nodesAfter.set(
          name,
          before.map((each) => nameOf.get(each) ?? "?"),
        );
      return undefined;
    });
    const infrastructure = { ...createInfrastructure(environment), loadBalancer };
    const { gateway } = new ContainerPlatform("platform", {
      environment,
      infrastructure,
      rollout: new Rollout([], {}),
    });
    return { endpoints: gateway.endpoints, machines: gateway.machines.length };
  });
  return { recorded, asked: asked as Asked, nodesAfter };
}

test("a load balancer stands at the gateway's address in place of HAProxy machines", async () => {
  const { recorded, asked } = await withLoadBalancer();
  const roles = recorded.resources
    .filter(({ type }) => type === "kpaas:local:Machine")
    .map(({ inputs }) => inputs.role);
  expect(roles).not.toContain("haproxy");
  expect(recorded.resources.map(({ type }) => type)).toContain("kpaas:index:LoadBalancer");
  expect(asked.args).toEqual({ address: "10.180.0.8", ports: [6443, 5000, 3306], adminCidrs: ["10.180.0.1/32"] });
});

test("it passes each service on to the machines that answer for it, and nothing else", async () => {
  const { asked } = await withLoadBalancer();
  expect(asked.targets).toEqual({
    6443: ["master-1", "master-2", "master-3"],
    5000: ["registry"],
    3306: ["database"],
  });
});

test("operators reach each service at its own port of the load balancer", async () => {
  const { recorded } = await withLoadBalancer();
  expect(recorded.outputs).toEqual({
    endpoints: {
      api: "balancer.example:6443",
      registry: "balancer.example:5000",
      database: "balancer.example:3306",
    },
    machines: 0,
  });
});

test("no node is waited for before it has a way to the registry, no worker before it has one to the API server", async () => {
  const { nodesAfter } = await withLoadBalancer();
  expect([...nodesAfter.keys()]).toHaveLength(4);
  for (const [node, before] of nodesAfter) {
    expect(before).toContain("platform-load-balancer-registry");
    // The way to the masters is there when all of them are, which may be changed one after another.
    expect(before.includes("platform-load-balancer-api"), node).toBe(node.startsWith("platform-worker"));
  }
});
