import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type TestStack, testStack } from "../provider/test-stack.ts";
import { debugProviders, type SimulatedCloud, startSimulatedCloud } from "./simulated-cloud.ts";

const declarations = `
import * as pulumi from "@pulumi/pulumi";

interface Tag {
  key: pulumi.Input<string>;
}

export interface VpcArgs {
  name?: pulumi.Input<string>;
  ipv4CidrBlock: pulumi.Input<string>;
  tags?: pulumi.Input<pulumi.Input<Tag>[]>;
}

export class Vpc extends pulumi.CustomResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly vpcNo: pulumi.Output<string>;
}
`;

class Vpc extends pulumi.CustomResource {
  declare readonly vpcNo: pulumi.Output<string>;

  constructor(name: string, args: pulumi.Inputs) {
    super("ncloud:index/vpc:Vpc", name, { ...args, vpcNo: undefined }, {}, false, bridged());
  }
}

/** Registers the bridge as the packages that Pulumi generates for a Terraform provider do. */
function bridged(): Promise<string> {
  return pulumi.runtime.registerPackage({
    baseProviderName: "terraform-provider",
    baseProviderVersion: "1.0.0",
    baseProviderDownloadUrl: "",
    packageName: "ncloud",
    packageVersion: "4.0.0",
    base64Parameter: Buffer.from('{"remote":{"url":"naver/ncloud","version":"4.0.0"}}').toString("base64"),
  });
}

let cloud: SimulatedCloud;
let stack: TestStack;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-cloud-"));
  await writeFile(join(folder, "ncloud.ts"), declarations);
  cloud = await startSimulatedCloud({
    name: "ncloud",
    plugin: "terraform-provider",
    storeFolder: join(folder, "store"),
    declarations: join(folder, "ncloud.ts"),
  });
  vi.stubEnv("PULUMI_DEBUG_PROVIDERS", debugProviders(cloud));
  stack = await testStack();
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await stack?.dispose();
  await cloud?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("a cloud without an SDK goes by the declarations it is given, behind the bridge that stands for it", async () => {
  const args = { name: "kpaas", ipv4CidrBlock: "10.0.0.0/16", tags: [{ key: "a" }] };
  const up = await stack.up(async () => ({ number: new Vpc("network", args).vpcNo }));
  expect(up.said).not.toMatch(/error/i);
  expect(cloud.list()).toMatchObject([{ type: "ncloud:index/vpc:Vpc", inputs: args, id: up.outputs.number }]);
  const misspelt = await stack.preview(
    async () => void new Vpc("network", { ...args, tags: [{ kye: "a" }], cidr: "10.0.0.0/16" }),
  );
  expect(misspelt.said).toMatch(/tags\[0\]\.kye.*known here: key/s);
  expect(misspelt.said).toMatch(/cidr.*no such property; known here: name, ipv4CidrBlock, tags/s);
});
