import { join } from "node:path";
import { editsOf } from "../contract/edits.ts";

const sdk = (kind: string) => ({
  plugin: "terraform-provider",
  declarations: join(import.meta.dirname, `../../stacks/${kind}/sdk.ts`),
});
const openstack = {
  name: "openstack",
  machineType: "compute/instance:Instance",
  newerImage: "00000000-0000-4000-8000-000000000009",
};

editsOf("aws", { name: "aws", machineType: "ec2/instance:Instance", newerImage: "ami-0fedcba9876543210" });
editsOf("azure", {
  name: "azure-native",
  machineType: "compute:VirtualMachine",
  newerImage: "Canonical:ubuntu-24_04-lts:server:24.04.202611300",
});
editsOf("gcp", {
  name: "gcp",
  machineType: "compute/instance:Instance",
  newerImage: "projects/ubuntu-os-cloud/global/images/ubuntu-2404-noble-amd64-v20261130",
});
editsOf("alibaba", { name: "alicloud", machineType: "ecs/instance:Instance", newerImage: "m-0fedcba9876543210" });
editsOf("naver", { name: "ncloud", ...sdk("naver"), machineType: "server:Server", newerImage: "99999999" });
editsOf("tencent", {
  name: "tencentcloud",
  ...sdk("tencent"),
  machineType: "instance:Instance",
  newerImage: "img-fedcba98",
});
editsOf("ibm", {
  name: "ibm",
  ...sdk("ibm"),
  machineType: "isInstance:IsInstance",
  newerImage: "r034-00000000-0000-4000-8000-000000000009",
});
editsOf("nhn", openstack);
editsOf("kt", openstack);
