import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

/** Stands for the machine's root folder. */
let folder: string;
const path = (...parts: string[]) => join(folder, ...parts);
const configuration = "etc/cni/net.d/10-kpaas.conflist";
const addresses = "var/lib/cni/networks/kpaas";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-pod-network-"));
  write("etc/kubernetes/kubelet.conf", "    server: https://api.example:6443\n");
  lease("run/flannel/subnet.env", "10.233.65");
  node("node.json", "10.233.65.0/24");
  write("containers", "");
  mkdirSync(path(addresses), { recursive: true });
  program("openssl", 'echo "subject=O = system:nodes, CN = system:node:worker-1"');
  program("curl", `[[ $* == *"https://api.example:6443/api/v1/nodes/worker-1?"* ]] && cat "${path("node.json")}"`);
  program(
    "pkill",
    `echo "$*, pods $([[ -e ${path(configuration)} ]] && echo get || echo get no) addresses" >>"${path("killed")}"
     cd "${folder}" && cp next-subnet.env run/flannel/subnet.env && cp next-node.json node.json`,
  );
  program(
    "ctr",
    `if [[ $4 == ls ]]; then exec cat "${path("containers")}"; fi
     echo "$7" >>"${path("restarted")}"; rm "$(grep -l "$7" ${path(addresses)}/*)"`,
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string) {
  mkdirSync(dirname(path(name)), { recursive: true });
  writeFileSync(path(name), content);
}

function program(name: string, script: string) {
  write(`bin/${name}`, `#!/bin/bash\n${script}\n`);
  chmodSync(path("bin", name), 0o755);
}

function lease(name: string, prefix: string) {
  write(name, `FLANNEL_NETWORK=10.233.64.0/18\nFLANNEL_SUBNET=${prefix}.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n`);
}

/** Writes a node as the API server does, with the fields of its managers, which have the same names. */
function node(name: string, podCIDR: string, announced = true) {
  const key = "flannel.alpha.coreos.com/kube-subnet-manager";
  const metadata = {
    annotations: announced ? { [key]: "true" } : {},
    managedFields: [{ fieldsV1: { "f:spec": { "f:podCIDR": {} }, [`f:${key}`]: {} } }],
  };
  write(name, JSON.stringify({ metadata, spec: { podCIDR, podCIDRs: [podCIDR] } }, null, 2));
}

/** Writes an address as the CNI plugin does that gave it to a sandbox. */
function address(ip: string, sandbox: string) {
  write(join(addresses, ip), `${sandbox}\r\neth0`);
}

function run() {
  const script = readFileSync(join(import.meta.dirname, "scripts", "pod-network.sh"), "utf8");
  const here = script.replaceAll(/(?<=[ =])\/(etc|run|var|sys)\//g, `${folder}/$1/`);
  const env = { PATH: `${path("bin")}:${process.env.PATH}` };
  return spawnSync("bash", ["-c", here], { env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 10_000 });
}

const read = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), "utf8").trim() : undefined);
const subnet = () => JSON.parse(read(configuration) ?? "null")?.plugins[0].ipam.subnet;

test("the first lease becomes the CNI configuration, and nothing starts again", () => {
  expect(run()).toMatchObject({ status: 0, stderr: "" });
  expect(subnet()).toBe("10.233.65.0/24");
  expect(read("killed")).toBeUndefined();
  expect(run()).toMatchObject({ status: 0, stdout: "" });
});

test("a node that has another range: flannel starts again, then the configuration follows, then the pods", () => {
  run();
  node("node.json", "10.233.68.0/22", false);
  lease("next-subnet.env", "10.233.68");
  write("next-subnet.env", (read("next-subnet.env") ?? "").replace("/24", "/22"));
  node("next-node.json", "10.233.68.0/22");
  address("10.233.65.2", "old");
  address("10.233.71.9", "new");
  write(join(addresses, "last_reserved_ip.0"), "10.233.65.2");
  write("containers", "old\nnew\n");
  expect(run()).toMatchObject({ status: 0, stderr: "" });
  expect(read("killed")).toBe("-x flanneld, pods get no addresses");
  expect(subnet()).toBe("10.233.68.0/22");
  expect(read("restarted")).toBe("old");
  expect(readdirSync(path(addresses)).sort()).toEqual(["10.233.71.9", "last_reserved_ip.0"]);
});

test("the same range on a new object, of which no other node knows: flannel starts again and pods stay", () => {
  run();
  address("10.233.65.2", "mine");
  write("containers", "mine\n");
  node("node.json", "10.233.65.0/24", false);
  lease("next-subnet.env", "10.233.65");
  node("next-node.json", "10.233.65.0/24");
  expect(run().status).toBe(0);
  expect(read("killed")).toBe("-x flanneld, pods get addresses");
  expect(read("restarted")).toBeUndefined();
});

test("a lease that was written while nobody looked is followed without another start of flannel", () => {
  run();
  lease("run/flannel/subnet.env", "10.233.70");
  node("node.json", "10.233.70.0/24");
  expect(run().status).toBe(0);
  expect(subnet()).toBe("10.233.70.0/24");
  expect(read("killed")).toBeUndefined();
});

test.each([
  ["there is no answer", ""],
  ["the node has no range yet", JSON.stringify({ metadata: {}, spec: {} }, null, 2)],
])("where %s, all stays as it is and the run counts as failed", (_, answer) => {
  run();
  write("node.json", answer);
  if (!answer) rmSync(path("node.json"));
  expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining("tells no range of this node") });
  expect(subnet()).toBe("10.233.65.0/24");
  expect(read("killed")).toBeUndefined();
});

test("an address whose pod is long gone is given back", () => {
  address("10.233.99.2", "gone");
  expect(run().status).toBe(0);
  expect(readdirSync(path(addresses))).toEqual([]);
  expect(read("restarted")).toBeUndefined();
});
