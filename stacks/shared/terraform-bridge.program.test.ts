import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test, vi } from "vitest";
import { BridgedProvider, BridgedResource, lookUp, resourceToken, type TerraformProvider } from "./terraform-bridge.ts";

const cloud: TerraformProvider = { name: "ncloud", source: "navercloudplatform/ncloud", version: "1.2.3" };
const registered: pulumi.runtime.MockResourceArgs[] = [];

beforeAll(() =>
  pulumi.runtime.setMocks({
    newResource: (resource) => {
      registered.push(resource);
      return { id: "id-1", state: { ...resource.inputs, publicIp: "52.0.0.1" } };
    },
    call: ({ token, inputs }) => ({ token, ...inputs }),
  }),
);

const settled = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

test("Terraform's names become the tokens that the bridge gives", () => {
  expect(resourceToken("ncloud_vpc")).toBe("ncloud:index/vpc:Vpc");
  expect(resourceToken("ncloud_nat_gateway")).toBe("ncloud:index/natGateway:NatGateway");
  expect(resourceToken("ibm_is_instance_volume_attachment")).toBe(
    "ibm:index/isInstanceVolumeAttachment:IsInstanceVolumeAttachment",
  );
});

test("a resource has its arguments, and what the cloud fills in can be read", async () => {
  class PublicIp extends BridgedResource {
    declare readonly publicIp: pulumi.Output<string>;
  }
  const provider = new BridgedProvider(cloud, "cloud", { region: "KR" });
  const address = new PublicIp(cloud, "ncloud_public_ip", "address", { description: "front" }, { provider }, [
    "publicIp",
  ]);
  expect(await settled(address.publicIp)).toBe("52.0.0.1");
  expect(registered).toMatchObject([
    { type: "pulumi:providers:ncloud", inputs: { region: "KR" } },
    { type: "ncloud:index/publicIp:PublicIp", inputs: { description: "front" } },
  ]);
});

test("a data source is asked by its token", async () => {
  const answer = lookUp<{ token: string; name: string }>(cloud, "ncloud_server_image_numbers", { name: "ubuntu" }, {});
  expect(await settled(answer)).toEqual({
    token: "ncloud:index/getServerImageNumbers:getServerImageNumbers",
    name: "ubuntu",
  });
});

test("the engine is told which provider the bridge is to be, in which version", async () => {
  const registerPackage = vi.spyOn(pulumi.runtime, "registerPackage");
  new BridgedResource(cloud, "ncloud_vpc", "network", {}, {});
  const [asked] = registerPackage.mock.calls[0] ?? [];
  expect(asked).toMatchObject({
    baseProviderName: "terraform-provider",
    packageName: "ncloud",
    packageVersion: "1.2.3",
  });
  expect(JSON.parse(Buffer.from(String(asked?.base64Parameter), "base64").toString())).toEqual({
    remote: { url: "registry.opentofu.org/navercloudplatform/ncloud", version: "1.2.3" },
  });
});
