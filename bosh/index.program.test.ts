import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { environmentOn, everyEnvironment, valuesFor } from "../tests/harness/environments/bosh-environments.ts";
import { boshInputs } from "./index.ts";

const external = {
  database: { kind: "external", host: "db.example.com", passwordsSecret: "cf-database" },
  blobstore: {
    kind: "external",
    endpoint: "https://objects.example.com:9000",
    region: "region-1",
    buckets: { buildpacks: "cf-1-a", droplets: "cf-1-b", packages: "cf-1-c", resources: "cf-1-d" },
    credentialsSecret: "cf-blobstore",
  },
} as const;

function inputsOf(...[kind, platform]: Parameters<typeof environmentOn>) {
  const environment = environmentOn(kind, platform);
  const inputs = boshInputs(environment, valuesFor(environment));
  return {
    ...inputs,
    file: (path: string) => parse(inputs.files.find((file) => file.path === path)?.content ?? "null"),
    argv: (name: string) => inputs.commands.find((command) => command.name === name)?.argv ?? [],
  };
}

describe("commands", () => {
  test("make the director first, and end with the smoke tests", () => {
    expect(inputsOf("openstack").commands.map(({ name }) => name)).toEqual([
      "create-env",
      "update-cloud-config",
      "update-runtime-config",
      "upload-stemcell",
      "deploy",
      "smoke-tests",
    ]);
  });

  test("the deployment is deleted before the director, which is named as it was made", () => {
    const { deletion, argv } = inputsOf("openstack");
    expect(deletion.map(({ name }) => name)).toEqual(["delete-deployment", "clean-up", "delete-env"]);
    const asMade = argv("create-env").map((word) => (word === "create-env" ? "delete-env" : word));
    expect(deletion.at(-1)?.argv).toEqual(asMade);
  });

  test("the whole line of each on OpenStack", () => {
    const { commands } = inputsOf("openstack", { gateway: "haproxy" });
    expect(commands.map(({ argv }) => argv.join(" "))).toMatchInlineSnapshot(`
      [
        "bosh --non-interactive create-env bosh-deployment/bosh.yml --state=director/state.json --vars-store=director/creds.yml -o bosh-deployment/openstack/cpi.yml -o bosh-deployment/jumpbox-user.yml -o bosh-deployment/uaa.yml -o bosh-deployment/credhub.yml -o bosh-deployment/misc/certificate-duration/bosh.yml -o bosh-deployment/misc/certificate-duration/uaa.yml -o bosh-deployment/misc/certificate-duration/credhub.yml -o director/ops.yml -l director/vars.yml -l director/secrets.yml",
        "bosh --non-interactive update-cloud-config cloud-config/cloud-config.yml -l cloud-config/vars.yml",
        "bosh --non-interactive update-runtime-config bosh-deployment/runtime-configs/dns.yml --name=dns -o runtime-config/ops.yml",
        "bosh --non-interactive upload-stemcell https://storage.googleapis.com/bosh-core-stemcells/1.484/bosh-stemcell-1.484-openstack-kvm-ubuntu-noble.tgz --sha1=9d6fe0a42d7590614845941a39226db8ae9c6172 --name=bosh-openstack-kvm-ubuntu-noble --version=1.484",
        "bosh --non-interactive --deployment=cf deploy cf-deployment/cf-deployment.yml -o cf-deployment/operations/use-haproxy.yml -o cf-deployment/operations/scale-database-cluster.yml -o cf-deployment/operations/configure-default-router-group.yml -o cf/ops.yml -l cf/vars.yml",
        "bosh --non-interactive --deployment=cf run-errand smoke-tests",
      ]
    `);
  });

  test.each(everyEnvironment())("%s: they name only files that are there", (_, environment) => {
    const { commands, files, upstream } = boshInputs(environment, valuesFor(environment));
    const there = [...files, ...upstream.files].map(({ path }) => path);
    const named = commands.flatMap(({ argv }) => argv.filter((word) => /^[^-h].*\.yml$/.test(word)));
    expect(named.filter((path) => !there.includes(path))).toEqual([]);
    expect(there.filter((path) => !named.includes(path))).toEqual([]);
  });
});

describe("secrets", () => {
  test.each(everyEnvironment())("%s: only files for their owner hold any", (_, environment) => {
    const { commands, files } = boshInputs(environment, valuesFor(environment));
    const open = files.filter(({ isSecret }) => !isSecret).map(({ content }) => content);
    expect([...open, JSON.stringify(commands)].filter((text) => text.includes("secret-"))).toEqual([]);
    for (const { content } of files.filter(({ isSecret }) => isSecret)) expect(content).toContain("secret-");
  });

  test("one that lacks a value is told by its name, without the others' values", () => {
    const environment = environmentOn("aws", external);
    const values = valuesFor(environment);
    values.secrets["cf-database"] = { uaa: "secret-uaa" };
    expect(() => boshInputs(environment, values)).toThrow(/^the stack's secret kpaas:cf-database lacks cc$/);
  });

  test("nothing is asked for where BOSH makes them all", () => {
    expect(inputsOf("aws").files.filter(({ isSecret }) => isSecret)).toEqual([]);
  });
});

test("a fact that the infrastructure does not tell is named", () => {
  const environment = environmentOn("aws");
  expect(() => boshInputs(environment, { facts: {}, credentials: {}, secrets: {} })).toThrow("no value for");
});

describe("variables", () => {
  test("TCP routes have K-PaaS's range of ports", () => {
    expect(inputsOf("openstack").file("cf/vars.yml")).toEqual({
      system_domain: "cf.example.com",
      default_router_group_reservable_ports: "1024-1123",
    });
  });

  test("external stores are told by the settings, their secrets apart", () => {
    const { file } = inputsOf("aws", external);
    expect(file("cf/vars.yml")).toMatchObject({
      external_database_type: "mysql",
      external_database_port: 3306,
      external_cc_database_name: "cloud_controller",
      external_cc_database_address: "db.example.com",
      aws_region: "region-1",
      buildpack_directory_key: "cf-1-a",
    });
    expect(file("cf/secrets.yml")).toMatchObject({
      external_cc_database_password: "secret-cc",
      blobstore_access_key_id: "secret-id",
    });
  });
});

describe("operations", () => {
  const valueAt = (operations: { path: string; value: unknown }[], path: string) =>
    operations.find((operation) => operation.path === path)?.value;

  test("a group's VMs lie in the zones of the plan", () => {
    const operations = inputsOf("openstack", { size: "standard" }).file("cf/ops.yml");
    expect(valueAt(operations, "/instance_groups/name=diego-cell/azs")).toEqual(["z1", "z2", "z3"]);
    expect(valueAt(operations, "/instance_groups/name=diego-cell/instances")).toBe(3);
    expect(valueAt(operations, "/instance_groups/name=singleton-blobstore/azs")).toEqual(["z1"]);
  });

  test("a blobstore that is not AWS' is told by host and port", () => {
    const operations = inputsOf("openstack", external).file("cf/ops.yml");
    const droplets = "/instance_groups/name=api/jobs/name=cloud_controller_ng/properties/cc/droplets/connection_config";
    expect(valueAt(operations, `${droplets}/host?`)).toBe("objects.example.com");
    expect(valueAt(operations, `${droplets}/port?`)).toBe(9000);
  });

  test("a cluster of databases has upstream's ops file for it", () => {
    const scaled = "cf-deployment/operations/scale-database-cluster.yml";
    expect(inputsOf("openstack", { size: "operation" }).argv("deploy")).toContain(scaled);
    expect(inputsOf("openstack", { size: "standard" }).argv("deploy")).not.toContain(scaled);
  });
});
