import "../../stacks/infrastructures.ts";
import { describe, expect, test } from "vitest";
import { planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { roles } from "../../config/roles/index.ts";
import { machineFiles, neededPackages, type PlatformFacts } from "./index.ts";

function facts(settings: object = {}): PlatformFacts {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "openstack" },
    network: { adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com" },
    ...settings,
  });
  return {
    environment,
    machines: planMachines(environment),
    platformCaPem: "CA",
    kubernetesCaPin: "sha256:pin",
    packageSource: { suite: "bookworm", publicKey: "KEY" },
  };
}

const served = facts({ packages: { source: "platform" } });

function filesOf(role: string, platform = served): Record<string, string> {
  const machine = platform.machines.find((one) => one.role === role);
  if (!machine) throw new Error(`no ${role}`);
  const files = machineFiles(machine, platform, { token: "abcdef.0123456789abcdef" });
  return Object.fromEntries(files.map(({ path, content }) => [path, content]));
}

const own = (files: Record<string, string>) =>
  Object.keys(files).filter((path) => /kpaas-packages|kpaas\.(asc|list)$|package-server/.test(path));

describe("a machine's package source", () => {
  test.each(roles)("is its image's where nothing is said: %s", (role) => {
    const files = filesOf(role, facts());
    expect(own(files)).toEqual([]);
    expect(files["/etc/kpaas/first-boot.env"]).not.toMatch(/KPAAS_PACKAGE_SOURCE|KPAAS_SERVES/);
  });

  const others = roles.filter((role) => role !== "registry");
  test.each(others)("is the registry's machine where the platform serves packages, and nothing else: %s", (role) => {
    const files = filesOf(role);
    expect(own(files)).toHaveLength(3);
    expect(files["/etc/apt/keyrings/kpaas.asc"]).toBe("KEY");
    expect(files["/etc/apt/kpaas.list"]).toBe(
      "deb [signed-by=/etc/apt/keyrings/kpaas.asc] http://10.180.0.80:8000 bookworm main\n",
    );
    expect(files["/etc/apt/apt.conf.d/99kpaas-packages"]).toBe(
      'Dir::Etc::sourcelist "/etc/apt/kpaas.list";\nDir::Etc::sourceparts "/dev/null";\n' +
        'APT::Update::Error-Mode "any";\nAcquire::http::Proxy::10.180.0.80 "DIRECT";\n',
    );
    expect(files["/etc/kpaas/first-boot.env"]).toContain("KPAAS_PACKAGE_SOURCE='10.180.0.80:8000'\n");
    expect(files["/etc/kpaas/first-boot.env"]).not.toContain("KPAAS_SERVES_PACKAGES");
  });

  test("is the registry's machine's own disk for itself, which it serves read-only, as nobody who may write", () => {
    const files = filesOf("registry");
    expect(files["/etc/apt/kpaas.list"]).toBe(
      "deb [signed-by=/etc/apt/keyrings/kpaas.asc] file:/var/lib/docker-registry/apt/current bookworm main\n",
    );
    const variables = files["/etc/kpaas/first-boot.env"];
    expect(variables).toContain("KPAAS_SERVES_PACKAGES='/var/lib/docker-registry/apt'\n");
    expect(variables).toMatch(/^KPAAS_PACKAGES='.* docker-registry .*nginx'$/m);
    const server = files["/etc/kpaas/package-server.conf"];
    expect(server).toContain("listen 8000 ");
    expect(server).toContain("root /var/lib/docker-registry/apt/current;");
    const unit = files["/etc/systemd/system/kpaas-packages.service"];
    expect(unit).toContain("User=www-data\n");
    expect(unit).toContain("RequiresMountsFor=/var/lib/docker-registry/apt\n");
  });

  test("is not rendered without the repository's key", () => {
    expect(() => filesOf("bastion", { ...served, packageSource: undefined })).toThrow("bastion needs a package source");
  });
});

test("needed packages are those of all roles, with what pairs, volumes and the server take", () => {
  const openstack = (containerPlatform: object) =>
    facts({ packages: { source: "platform" }, applicationPlatform: undefined, containerPlatform });
  const one = neededPackages(openstack({}));
  expect(one).toEqual(expect.arrayContaining(["containerd", "docker-registry", "haproxy", "nfs-common", "nginx"]));
  expect(one).not.toContain("keepalived");
  expect(one).toEqual([...new Set(one)].sort());
  expect(neededPackages(openstack({ haproxy: { count: 2 } }))).toContain("keepalived");
  expect(neededPackages(facts())).not.toContain("nginx");
});
