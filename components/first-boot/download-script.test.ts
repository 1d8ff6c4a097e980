import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const scripts = join(import.meta.dirname, "scripts");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-download-script-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Gives a function of a script as it is there. */
function functionOf(script: string, name: string): string {
  const text = readFileSync(join(scripts, script), "utf8");
  const [found] = new RegExp(`^${name}\\(\\) \\{\\n[\\s\\S]*?^\\}$`, "m").exec(text) ?? [];
  if (!found) throw new Error(`no ${name} in ${script}`);
  return found;
}

/** Runs a function with a server that serves files by the end of their address; what it does to the machine goes into the folder. */
function runFunction(code: string, served: Record<string, string>, variables: Record<string, string>) {
  for (const [name, content] of Object.entries(served)) writeFileSync(join(folder, `served-${name}`), content);
  const stubs = `set -euo pipefail
run=$FOLDER/run state=$FOLDER admin=admin
mkdir -p "$run" "$FOLDER/bin"
dpkg() { echo amd64; }
program_version() { :; }
install() { cp "\${@: -2:1}" "$FOLDER/bin/"; }
kubectl() { echo "$*" >>"$FOLDER/applied"; }
curl() {
  local out=/dev/stdout address
  while (($#)); do
    case $1 in
      -o) out=$2; shift ;;
      http*) address=$1 ;;
    esac
    shift
  done
  echo "$address" >>"$FOLDER/asked"
  cat "$FOLDER/served-\${address##*/}" >"$out"
}`;
  const { status, stderr } = spawnSync("bash", ["-c", `${stubs}\n${code}`], {
    env: { PATH: process.env.PATH, FOLDER: folder, ...variables },
    encoding: "utf8",
  });
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");
  return { status, stderr, asked: read("asked"), applied: read("applied"), installed: read("bin/kubelet") };
}

const install = [functionOf("node.sh", "pinned_digest"), functionOf("node.sh", "install_kubernetes")].join("\n");
const kubelet = (served: Record<string, string>, digests: string) =>
  runFunction(`${install}\ninstall_kubernetes kubelet`, served, {
    KPAAS_KUBERNETES_VERSION: "1.36.3",
    KPAAS_KUBERNETES_DIGESTS: digests,
  });

test("a kubelet that is as the table says is installed, and nothing beside it is asked for", () => {
  const { status, stderr, asked, installed } = kubelet(
    { kubelet: "the kubelet" },
    `arm64/kubelet=${sha256("another")} amd64/kubeadm=${sha256("kubeadm")} amd64/kubelet=${sha256("the kubelet")}`,
  );
  expect(status, stderr).toBe(0);
  expect(installed).toBe("the kubelet");
  expect(asked).not.toContain(".sha256");
});

test("one that was changed where it is served, its digest with it, is refused", () => {
  const { status, installed } = kubelet(
    { kubelet: "a changed kubelet", "kubelet.sha256": sha256("a changed kubelet") },
    `amd64/kubelet=${sha256("the kubelet")}`,
  );
  expect(status).not.toBe(0);
  expect(installed).toBe("");
});

test("one of a release that is newer than the table is held against what is served beside it", () => {
  expect(kubelet({ kubelet: "new", "kubelet.sha256": sha256("new") }, "").installed).toBe("new");
  expect(kubelet({ kubelet: "newer", "kubelet.sha256": sha256("new") }, "").status).not.toBe(0);
});

const apply = (manifest: string) =>
  runFunction(
    `${functionOf("master.sh", "apply_addons").replaceAll("/etc/kpaas/addons", "$FOLDER/addons")}
mkdir "$FOLDER/addons" && touch "$FOLDER/addons/a.yaml"\napply_addons`,
    { "calico.yaml": manifest },
    {
      KPAAS_KUBERNETES_VERSION: "1.35.0",
      KPAAS_ADDRESS: "10.0.0.1",
      KPAAS_POD_NETWORK_MANIFEST: "https://example.org/calico.yaml",
      KPAAS_POD_NETWORK_MANIFEST_SHA256: sha256("the manifest"),
    },
  );

test("Calico's manifest is applied where it is as the table says, and else not", () => {
  expect(apply("the manifest").applied).toContain("pod-network.yaml");
  rmSync(join(folder, "addons"), { recursive: true });
  for (const name of ["applied", "addons.sha256"]) rmSync(join(folder, name));
  const changed = apply("another manifest");
  expect(changed.status).not.toBe(0);
  expect(changed.applied).not.toContain("pod-network.yaml");
});
