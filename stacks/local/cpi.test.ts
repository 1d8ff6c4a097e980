import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { cfOperations } from "../../bosh/ops.ts";
import { groupNames } from "../../config/application-platform/instance-groups.ts";
import type { Operation } from "../../config/application-platform/ops-file.ts";
import { environmentOn } from "../../tests/harness/environments/bosh-environments.ts";
import { cpi } from "./cpi.ts";

const boshLite: Operation[] = parse(readFileSync("tests/bosh/upstream/cf-deployment/operations/bosh-lite.yml", "utf8"));
const group = `/instance_groups/name=(${groupNames.join("|")})`;

/** Operations of upstream's file that something else here does, or that nothing needs. */
const elsewhere = [
  new RegExp(`^${group}/(instances|vm_type\\??|vm_extensions)$`), // from the size, for every group
  /^\/instance_groups\/name=router\/networks$/, // haproxy has the fixed address
  /^\/instance_groups\/name=(scheduler\/jobs\/name=ssh_proxy|router\/jobs\/-)$/, // haproxy finds the SSH proxy where it is
];

test("every step of upstream's bosh-lite.yml is taken, or is done elsewhere", () => {
  const ours = new Map(cfOperations(environmentOn("local")).map((operation) => [operation.path, operation]));
  const left = boshLite.filter(({ path }) => !elsewhere.some((pattern) => pattern.test(path)));
  expect(left).toHaveLength(8);
  for (const operation of left) {
    const { path } = operation;
    if (path.endsWith("security_group_definitions/-")) continue; // with haproxy's address in place of the router's
    expect(ours.get(path)).toEqual(operation);
  }
});

test("applications reach their own domain, which leads to haproxy", () => {
  const definition = cpi().cfOperations?.find(({ path }) => path.endsWith("security_group_definitions/-"));
  const upstream = boshLite.find(({ path }) => path === definition?.path) as {
    value: { name: string; rules: object[] };
  };
  expect(definition).toEqual({
    ...upstream,
    value: { ...upstream.value, rules: [{ ...upstream.value.rules[0], destination: "((haproxy_private_ip))" }] },
  });
});

test("only the director has the engine's socket, and no VM a port of this machine", () => {
  const docker = cpi();
  expect([docker.vm("small", { rootGiB: 5, ephemeralGiB: 10 }), docker.firewall(["any"]), docker.az("a")]).toEqual([
    {},
    {},
    {},
  ]);
  expect(docker.directorVm).toEqual({ mounts: [{ type: "bind", source: "((docker_host))", target: "/docker.sock" }] });
});

test("the director's workers have a socket of their own, as the engine's may be root's alone", () => {
  const [job, host] = cpi().directorOperations as { value: { properties: { script: string } } & string }[];
  const socket = job?.value.properties.script.match(/ListenStream=(.+)/)?.[1];
  expect(host?.value).toBe(`unix://${socket}`);
  expect(job?.value.properties.script).toMatch(/SocketUser=vcap\nSocketMode=0600/);
  expect(job?.value.properties.script).toMatch(/systemd-socket-proxyd \/docker\.sock\n/);
});
