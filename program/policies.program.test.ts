import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import type { Resource } from "../policies/resource.ts";
import { programResources } from "../tests/harness/policies/program-resources.ts";
import { enforcePolicies, knownInput } from "./policies.ts";
import { SiteTransforms } from "./transforms.ts";

// The first to load a large cloud's SDK waits for it.
const loading = { timeout: 120_000 };

const sorted = (resources: readonly Resource[]) =>
  [...resources].sort((one, other) => (`${one.type} ${one.name}` < `${other.type} ${other.name}` ? -1 : 1));

/** Runs work and gives the errors that it leaves behind: with them Pulumi ends the program. */
async function errorsOf(work: () => Promise<unknown>): Promise<string> {
  const errors: string[] = [];
  const listen = (error: unknown) => void errors.push(String(error));
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", listen);
  // A resource that is refused is waited for in vain.
  await Promise.race([work().catch(listen), vi.waitUntil(() => errors.length > 0, { timeout: 100_000 })]);
  // The others that waited for it are told, too.
  await new Promise((resolve) => setTimeout(resolve, 200));
  process.off("unhandledRejection", listen);
  for (const other of others) process.on("unhandledRejection", other);
  return errors.join("\n");
}

test.each(["aws-dev", "openstack-operation", "naver-operation", "local"])(
  "%s comes up with plain Pulumi as it does with the pack: no rule is broken, no input is another",
  loading,
  async (name) => {
    const { resources } = await programResources(name, { unknown: true });
    let judged: Resource[] = [];
    const errors = await errorsOf(async () => {
      judged = (await programResources(name, { before: enforcePolicies, unknown: true })).resources;
    });
    expect(errors).toBe("");
    // A resource that waits for its verdict is registered a moment later.
    expect(sorted(judged)).toEqual(sorted(resources));
  },
);

test("what a transform makes of a resource is judged before the engine hears of it", loading, async () => {
  const type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
  const transforms = new SiteTransforms({
    path: "/sites/Pulumi.dev.transform.ts",
    types: [type],
    code: "",
    apply: (_type, given) => {
      const args = given as { fromPort?: number; cidrIpv4?: string };
      return args.fromPort === 22 && args.cidrIpv4 ? { ...args, cidrIpv4: "0.0.0.0/0" } : { ...args };
    },
  });
  const errors = await errorsOf(() => programResources("aws-dev", { before: enforcePolicies, transforms }));
  expect(errors).toMatch(/policy cloud-firewall-is-not-world-open: platform-firewall-bastion-tcp-22-/);
});

test("an environment that breaks a rule makes nothing", loading, async () => {
  const settings = { policies: { quota: { machines: 1 } } };
  await expect(programResources("aws-dev", { before: enforcePolicies, settings })).rejects.toThrow(
    /mandatory policies are broken, so nothing is made:\n {2}policy quota-is-kept: policies\.quota\.machines: /,
  );
});

test("inputs are judged as they are known", async () => {
  const unknown = new (pulumi.Output as unknown as new (...parts: unknown[]) => pulumi.Output<string>)(
    [],
    Promise.resolve(undefined),
    Promise.resolve(false),
    Promise.resolve(false),
    Promise.resolve([]),
  );
  const input = {
    plain: true,
    output: pulumi.output({ encrypted: true }),
    secret: pulumi.secret("word"),
    promise: Promise.resolve(1),
    list: ["a", unknown, pulumi.output("b")],
    nested: [{ unknown, known: pulumi.output(0) }],
    unknown,
    absent: undefined,
  };
  expect(await knownInput(input)).toEqual({
    plain: true,
    output: { encrypted: true },
    secret: "word",
    promise: 1,
    list: ["a", "b"],
    nested: [{ known: 0 }],
  });
});
