import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { devcloud } from "./devcloud.ts";
import { OpenStackError } from "./openstack-api.ts";
import { openstackPlugin } from "./plugin.ts";

test("the official plugin is taken where it is installed", async () => {
  const home = await mkdtemp(join(tmpdir(), "kpaas-plugins-"));
  const folder = join(home, "plugins", "resource-openstack-v3.15.2");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "pulumi-resource-openstack"), "");
  vi.stubEnv("PULUMI_HOME", home);
  try {
    expect(await openstackPlugin(console.log)).toBe(folder);
  } finally {
    vi.unstubAllEnvs();
    await rm(home, { recursive: true });
  }
});

test("a refusal tells its status", async () => {
  const request = (await devcloud("e2e-tools")).request("compute", "/servers/none");
  await expect(request).rejects.toThrow(OpenStackError);
  await expect(request).rejects.toMatchObject({ status: 404 });
});
