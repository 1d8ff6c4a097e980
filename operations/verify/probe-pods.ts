import { images } from "../../config/images.ts";

/** A pod and its node. */
export interface Placed {
  pod: string;
  node: string;
}

/** A pod whose address is known. */
export interface Server extends Placed {
  address: string;
}

/** A port of a machine that no pod reaches. */
export interface ClosedPort {
  /** One word, by which a probe reports it. */
  name: string;
  /** Completes "it reaches". */
  words: string;
  /** An address, or a shell's word for one. */
  address: string;
  port: number;
}

/** Report of a probe: a line for each thing that failed. */
export interface Report extends Placed {
  lines: readonly string[];
}

export const probedName = "kubernetes.default.svc.cluster.local";
const report = "/dev/termination-log";

/** Seconds within which a server answers and a name is found, from when all servers run. */
const answerSeconds = 15;

/** Seconds within which a file is seen: NFS clients remember for so long what a directory did not have. */
const volumeSeconds = 60;

/** Seconds after which the kubelet ends a pod that verify, killed, left behind. */
const lifeSeconds = 300;

export const claim = (storageClassName: string) => ({
  metadata: { name: "shared" },
  spec: { accessModes: ["ReadWriteMany"], storageClassName, resources: { requests: { storage: "10Mi" } } },
});

/** Gives a pod that writes its name to the volume and serves it. */
export function serverPod({ pod, node }: Placed): unknown {
  return podOn(
    node,
    pod,
    `echo ${pod} >/data/${pod} || { echo write >${report}; exit 1; }
mkdir /tmp/www && echo ${pod} >/tmp/www/index.html
exec httpd -f -p 8080 -h /tmp/www`,
  );
}

/** The address of a pod's own node, as a shell in it knows it. */
export const ownNode = '"$NODE_ADDRESS"';

/**
 * Gives a pod that tries everything at once and reports all that fails: a name of the cluster's DNS, the API server, every server's answer,
 * what is closed to pods, then every server's file. `timeout` bounds each attempt, because the -T of Debian's busybox wget crashes it.
 * That the API server is reached tells that the same attempt at a closed port means something.
 */
export function probePod({ pod, node }: Placed, servers: readonly Server[], closed: readonly ClosedPort[]): unknown {
  const ofEach = (attempt: (server: Server) => string) => servers.map(attempt).join("\n");
  return podOn(
    node,
    pod,
    `failed=/tmp/failed; touch $failed
within() {
  line=$1 end=$(($(date +%s) + $2)); shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$(date +%s)" -ge "$end" ]; then echo "$line" >>$failed; return; fi
    sleep 0.2
  done
}
serves() { [ "$(timeout 2 wget -q -O - "http://$2:8080/")" = "$1" ]; }
connects() { timeout 5 nc -w 2 "$1" "$2" -e true; }
closed() { if connects "$2" "$3" >/dev/null 2>&1; then echo "open $1" >>$failed; fi; }
wrote() { ls /data | grep -qx "$1"; }
end() { cat $failed >${report}; [ ! -s $failed ] || exit 1; }
within name ${answerSeconds} timeout 5 nslookup ${probedName} &
within api ${answerSeconds} connects ${probedName} 443 &
${closed.map(({ name, address, port }) => `closed ${name} ${address} ${port} &`).join("\n")}
${ofEach(({ pod, address }) => `within "answer ${pod}" ${answerSeconds} serves ${pod} ${address} &`)}
wait; end
${ofEach(({ pod }) => `within "file ${pod}" ${volumeSeconds} wrote ${pod} &`)}
wait; end`,
  );
}

function podOn(node: string, name: string, script: string): unknown {
  return {
    metadata: { name },
    spec: {
      restartPolicy: "Never",
      nodeSelector: { "kubernetes.io/hostname": node },
      // A pool's own taints keep out its users' pods, not its examination.
      tolerations: [{ operator: "Exists" }],
      terminationGracePeriodSeconds: 0,
      activeDeadlineSeconds: lifeSeconds,
      containers: [
        {
          name: "probe",
          image: images.busybox,
          command: ["sh", "-c", script],
          env: [{ name: "NODE_ADDRESS", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } }],
          volumeMounts: [{ name: "shared", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "shared", persistentVolumeClaim: { claimName: "shared" } }],
    },
  };
}

interface Failure {
  nodes: string[];
  text: string;
}

/** Says in a line what failed, led by the node that has part in most of it; undefined where nothing did. */
export function failureInWords(
  reports: readonly Report[],
  servers: readonly Server[],
  closed: readonly ClosedPort[],
): string | undefined {
  const failures = reports.flatMap(({ lines, ...probe }) =>
    lines.map((line) => failureOf(line, probe, servers, closed)),
  );
  const [first] = failures;
  if (!first) return undefined;
  if (failures.length === 1) return first.text;
  const partOf = (node: string) => failures.filter(({ nodes }) => nodes.includes(node));
  const nodes = [...new Set(failures.flatMap(({ nodes }) => nodes))];
  const [worst = "", most = [first]] = nodes
    .map((node) => [node, partOf(node)] as const)
    .reduce((a, b) => (b[1].length > a[1].length ? b : a));
  const example = most.find(({ nodes }) => nodes.length > 1) ?? most[0] ?? first;
  return `node ${worst} has part in ${most.length} of ${failures.length} failures, one of them: ${example.text}`;
}

function failureOf(
  line: string,
  { pod, node }: Placed,
  servers: readonly Server[],
  closed: readonly ClosedPort[],
): Failure {
  const [kind, name] = line.split(" ");
  const server = servers.find(({ pod }) => pod === name);
  const who = `pod ${pod} on node ${node}`;
  if (kind === "name") return { nodes: [node], text: `${who} does not find ${probedName} by the cluster's DNS` };
  if (kind === "api") return { nodes: [node], text: `${who} does not reach the API server by the kubernetes service` };
  if (kind === "open") {
    const words = closed.find((port) => port.name === name)?.words ?? name;
    return {
      nodes: [node],
      text: `${who} reaches ${words}, which is closed to pods: run up, or see to kpaas-node-guard.service there`,
    };
  }
  if (!server) return { nodes: [node], text: `${who} says: ${line}` };
  const other = `pod ${server.pod} on node ${server.node}`;
  const text =
    kind === "answer"
      ? `${who} gets no answer from ${server.address}, which is ${other}`
      : `${who} does not see on the shared volume what ${other} wrote`;
  return { nodes: [...new Set([node, server.node])], text };
}
