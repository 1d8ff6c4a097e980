import { request } from "node:https";
import { gatewayAddress } from "../../config/addresses.ts";
import { planMachines } from "../../config/machines.ts";
import { registryPushPort } from "../../config/ports.ts";
import { isNode } from "../../config/roles/index.ts";
import { eventually } from "../../lib/eventually.ts";
import { connect } from "../../provider/connect.ts";
import { connectionIn } from "../access/machines.ts";
import type { PlatformOutputs } from "../access/outputs.ts";
import type { Check } from "./check.ts";

export const registryAcceptsLogin: Check = {
  name: "registry takes its login over TLS",
  run: async ({ outputs: { registry } }) => {
    await eventually(20, async () => expectStatus(await registryLogin(registry, registry.password), 200));
    return registry.endpoint;
  },
};

export const registryRefusesWrongPassword: Check = {
  name: "registry refuses a wrong password",
  run: async ({ outputs: { registry } }) => {
    await eventually(20, async () => expectStatus(await registryLogin(registry, "wrong"), 401));
    return "401";
  },
};

/** Seconds within which a node has asked the registry, and waited for what does not answer. */
const writeSeconds = 60;

/**
 * Tries on a node to write into the registry by the node's own login, as whoever is root there could: with requests that would do no harm
 * where they were let through. Arguments: the registry's address, then `host:port` of where it takes images. Tells what each got.
 */
export const writeScript = `
registry=$1; shift; broken=0
say() { printf '%s; ' "$*"; }
ask() {
  printf 'user = "%s"' "$(cat /etc/kpaas/secrets/registry-pull)" |
    curl -sS -o /dev/null -w '%{http_code}' --max-time 10 --cacert /etc/kpaas/platform-ca.crt -K - -X "$@"
}
login=$(ask GET "https://$registry/v2/")
say "its login: $login"
[ "$login" = 200 ] || broken=1
nothing=sha256:0000000000000000000000000000000000000000000000000000000000000000
for try in "PUT manifests/probe" "POST blobs/uploads/" "DELETE manifests/$nothing" "DELETE blobs/$nothing"; do
  set -- "$@" "$try"
done
for try; do
  case $try in
    [A-Z]*)
      status=$(ask "\${try%% *}" "https://$registry/v2/kpaas-verify/\${try#* }" -d '{}')
      say "\${try%%/*}: $status"
      case $status in 401 | 403 | 405) ;; *) broken=1 ;; esac ;;
    *)
      if timeout 3 bash -c "exec 3<>/dev/tcp/\${try%:*}/\${try##*:}" 2>/dev/null; then say "$try: open"; broken=1; else say "$try: closed"; fi ;;
  esac
done
exit $broken`;

export const nodeWritesNoImage: Check = {
  name: "a node's login writes and deletes no image",
  run: async ({ environment, outputs }) => {
    const machines = planMachines(environment);
    const node = machines.filter(({ role }) => isNode(role)).at(-1);
    if (!node) throw new Error("there is no node");
    const hosts = [
      gatewayAddress(environment),
      ...machines.flatMap(({ role, privateIp }) => (role === "registry" && privateIp ? [privateIp] : [])),
    ];
    const argv = [outputs.registry.name, ...hosts.map((host) => `${host}:${registryPushPort}`)];
    const transport = await connect(connectionIn(outputs, environment, node));
    const { exitCode, stdout, stderr } = await transport.exec(["sh", "-c", writeScript, "sh", ...argv], {
      signal: AbortSignal.timeout(writeSeconds * 1000),
    });
    const said = `${node.name}: ${stdout.trim().replace(/;$/, "") || stderr.trim()}`;
    if (exitCode !== 0) throw new Error(said);
    return said;
  },
};

function expectStatus(status: number | undefined, expected: number): void {
  if (status !== expected) throw new Error(`it answered ${status}, not ${expected}`);
}

/** Gives the status that the image registry answers to a login; one attempt. */
export function registryLogin({ endpoint, name, user, caCertPem }: PlatformOutputs["registry"], password: string) {
  const { hostname: host, port } = new URL(`https://${endpoint}`);
  const servername = name.split(":")[0];
  return new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      {
        host,
        port,
        servername,
        path: "/v2/",
        auth: `${user}:${password}`,
        ca: caCertPem,
        timeout: 10_000,
        agent: false,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("no answer within 10 s")));
    sent.on("error", reject);
    sent.end();
  });
}
