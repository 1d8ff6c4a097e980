import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { images } from "../../config/images.ts";
import { eventually } from "../../lib/eventually.ts";
import { KubernetesApi } from "../../provider/kubernetes.ts";
import type { TestPlatform } from "../harness/platform/test-platform.ts";
import { clients } from "./clients.ts";
import { type Outputs, stackOutputs } from "./stack-outputs.ts";

const namespace = "writers";
const at = `/api/v1/namespaces/${namespace}`;
/** Requests of the HTTP clients follow one another this fast: with three nodes some 20 a second. */
const pauseSeconds = 0.1;

/** A client that has no answer by then asks again, on another connection. */
const patienceSeconds = 2;

/** Counts of what clients of a platform have seen while it was changed. */
export interface Seen {
  /** ConfigMap writes that the API server acknowledged. */
  writes: number;
  /** Acknowledged writes that are not there any more. */
  lostWrites: number;
  /** Longest time without an answer of the API server. */
  apiAwaySeconds: number;
  rows: number;
  lostRows: number;
  databaseAwaySeconds: number;
  requests: number;
  failedRequests: string[];
  /** Fewest workers that were Ready at once. */
  fewestReadyWorkers: number;
}

/** Clients that use a platform all the time: of the API, the database, a Service by HTTP. */
export class Writers {
  private readonly platform: TestPlatform;
  private readonly ended = new AbortController();
  private readonly loops: Promise<void>[] = [];
  private api!: KubernetesApi;
  private database!: Outputs["database"];
  private acknowledged = 0;
  private rows: number[] = [];
  private apiAwaySeconds = 0;
  private databaseAwaySeconds = 0;
  private fewestReadyWorkers = Number.POSITIVE_INFINITY;

  constructor(platform: TestPlatform) {
    this.platform = platform;
  }

  /** Starts a web Service of three replicas, of which two must stay, its clients on every worker, and both writers. */
  async start(): Promise<void> {
    this.api = await this.connect();
    this.database = (await stackOutputs(this.platform)).database;
    await this.deployWeb();
    this.loops.push(this.writeConfigMap(), this.writeRows(), this.countWorkers());
  }

  /** Gives what was seen since the start or the last call. */
  async seen(): Promise<Seen> {
    const requests = await this.readClients();
    const lostWrites = await this.lostWrites();
    const rows = [...this.rows];
    const present = new Set(await this.presentRows());
    const result: Seen = {
      writes: this.acknowledged,
      lostWrites,
      apiAwaySeconds: this.apiAwaySeconds,
      rows: rows.length,
      lostRows: rows.filter((row) => !present.has(row)).length,
      databaseAwaySeconds: this.databaseAwaySeconds,
      ...requests,
      fewestReadyWorkers: this.fewestReadyWorkers,
    };
    [this.apiAwaySeconds, this.databaseAwaySeconds] = [0, 0];
    this.fewestReadyWorkers = Number.POSITIVE_INFINITY;
    return result;
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await Promise.all(this.loops);
    this.api.close();
  }

  /** Reads once how the platform is reached: what operators and applications hold must outlive every machine. */
  private async connect(): Promise<KubernetesApi> {
    const path = join(this.platform.folder, "writers-kubeconfig");
    await this.platform.kpaasOk("kubeconfig", ["--output", path]);
    const { clusters, users } = parse(readFileSync(path, "utf8"));
    const text = (base64: string) => Buffer.from(base64, "base64").toString();
    return new KubernetesApi({
      server: clusters[0].cluster.server,
      serverName: clusters[0].cluster["tls-server-name"],
      caCertPem: text(clusters[0].cluster["certificate-authority-data"]),
      clientCertPem: text(users[0].user["client-certificate-data"]),
      clientKeyPem: text(users[0].user["client-key-data"]),
    });
  }

  private async deployWeb(): Promise<void> {
    const create = (path: string, object: object) => eventually(30, () => this.api.call("POST", path, object));
    await create("/api/v1/namespaces", { metadata: { name: namespace } });
    await create(`${at}/configmaps`, { metadata: { name: "counter" }, data: { value: "0" } });
    await create(`/apis/apps/v1/namespaces/${namespace}/deployments`, web);
    await create(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`, {
      metadata: { name: "web" },
      spec: { minAvailable: 2, selector: { matchLabels: { app: "web" } } },
    });
    await create(`${at}/services`, {
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await eventually(120, async () => {
      const { status } = await this.api.call<{ status: { readyReplicas?: number } }>(
        "GET",
        `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
      );
      if (status.readyReplicas !== 3) throw new Error(`${status.readyReplicas ?? 0} of 3 replicas are ready`);
    });
    await create(`${at}/persistentvolumeclaims`, {
      metadata: { name: "seen" },
      spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "10Mi" } } },
    });
    await create(`/apis/apps/v1/namespaces/${namespace}/daemonsets`, httpClients);
    await eventually(120, async () => {
      const { status } = await this.api.call<{ status: { numberReady: number; desiredNumberScheduled: number } }>(
        "GET",
        `/apis/apps/v1/namespaces/${namespace}/daemonsets/client`,
      );
      if (status.numberReady !== status.desiredNumberScheduled || status.numberReady === 0)
        throw new Error(`${status.numberReady} clients are ready`);
    });
  }

  private async writeConfigMap(): Promise<void> {
    let answered = performance.now();
    while (!this.ended.signal.aborted) {
      const value = this.acknowledged + 1;
      try {
        const counter = { metadata: { name: "counter" }, data: { value: String(value) } };
        await withinSeconds(patienceSeconds, this.api.call("PUT", `${at}/configmaps/counter`, counter));
        this.acknowledged = value;
        this.apiAwaySeconds = Math.max(this.apiAwaySeconds, (performance.now() - answered) / 1000);
        answered = performance.now();
      } catch {
        // Not acknowledged, so it may be lost; the time without an answer counts.
      }
      await sleep(100);
    }
  }

  private async lostWrites(): Promise<number> {
    const acknowledged = this.acknowledged;
    const { data } = await eventually(60, () =>
      this.api.call<{ data: { value: string } }>("GET", `${at}/configmaps/counter`),
    );
    return Math.max(0, acknowledged - Number(data.value));
  }

  private async sql(statement: string): Promise<string> {
    const { endpoint, passwords } = this.database;
    const [host = "", port = ""] = endpoint.split(":");
    const { mariadb } = await clients();
    const login = [
      `--host=${host}`,
      `--port=${port}`,
      "--protocol=tcp",
      "--user=portal",
      "--ssl",
      "--skip-ssl-verify-server-cert",
      "--connect-timeout=2",
    ];
    const { code, stdout, stderr } = await mariadb(
      [...login, "--batch", "--skip-column-names", "portal", "-e", statement],
      { env: { MYSQL_PWD: passwords.portal ?? "" } },
    );
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  private async writeRows(): Promise<void> {
    await eventually(60, () => this.sql("CREATE TABLE IF NOT EXISTS numbers (n INT PRIMARY KEY) ENGINE=InnoDB"));
    let answered = performance.now();
    for (let row = 1; !this.ended.signal.aborted; row++) {
      try {
        await this.sql(`INSERT INTO numbers VALUES (${row})`);
        this.rows.push(row);
        this.databaseAwaySeconds = Math.max(this.databaseAwaySeconds, (performance.now() - answered) / 1000);
        answered = performance.now();
      } catch {
        // Not acknowledged.
      }
      await sleep(300);
    }
  }

  private async presentRows(): Promise<number[]> {
    const text = await eventually(60, () => this.sql("SELECT n FROM numbers"));
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
  }

  private async countWorkers(): Promise<void> {
    interface Node {
      metadata: { labels: Record<string, string> };
      status: { conditions: { type: string; status: string }[] };
    }
    while (!this.ended.signal.aborted) {
      try {
        const { items } = await this.api.call<{ items: Node[] }>("GET", "/api/v1/nodes");
        const workers = items.filter(({ metadata }) => !("node-role.kubernetes.io/control-plane" in metadata.labels));
        const ready = workers.filter(({ status }) =>
          status.conditions.some(({ type, status }) => type === "Ready" && status === "True"),
        );
        this.fewestReadyWorkers = Math.min(this.fewestReadyWorkers, ready.length);
      } catch {
        // The writer measures how long the API is away.
      }
      await sleep(500);
    }
  }

  /** Reads what the clients have noted on their volume, and clears it. */
  private async readClients(): Promise<Pick<Seen, "requests" | "failedRequests">> {
    const pod = await eventually(60, async () => {
      const { items } = await this.api.call<{
        items: { metadata: { name: string; deletionTimestamp?: string }; status: { phase: string } }[];
      }>("GET", `${at}/pods?labelSelector=app%3Dclient`);
      const running = items.find(({ metadata, status }) => status.phase === "Running" && !metadata.deletionTimestamp);
      if (!running) throw new Error("no client runs");
      return running.metadata.name;
    });
    const read =
      "cat /seen/ok.* | awk '{ n += $1 } END { print n + 0 }'; cat /seen/failed 2>/dev/null; rm -f /seen/failed";
    const text = await eventually(60, () =>
      this.platform.kubectlOk(["-n", namespace, "exec", pod, "--", "sh", "-c", read]),
    );
    const [requests = "0", ...failedRequests] = text.trim().split("\n");
    return { requests: Number(requests), failedRequests };
  }
}

function withinSeconds<T>(seconds: number, answer: Promise<T>): Promise<T> {
  // Late, it may still fail.
  answer.catch(() => {});
  return Promise.race([
    answer,
    sleep(seconds * 1000).then(() => Promise.reject(new Error(`no answer within ${seconds} s`))),
  ]);
}

const web = {
  metadata: { name: "web" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        terminationGracePeriodSeconds: 20,
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: { app: "web" } },
          },
        ],
        containers: [
          {
            name: "web",
            image: images.busybox,
            command: ["sh", "-c", "mkdir /tmp/www; echo fine >/tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www"],
            // Requests still come until every node knows that it is going.
            lifecycle: { preStop: { exec: { command: ["sleep", "8"] } } },
            readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
          },
        ],
      },
    },
  },
};

const clientScript = `n=0
id=$HOSTNAME.$(date +%s)
while :; do
  if answer=$(timeout 5 wget -q -O - "http://$WEB_SERVICE_HOST/" 2>&1) && [ "$answer" = fine ]; then n=$((n+1)); else
    echo "$(date +%T) on $NODE: $answer" >>/seen/failed
  fi
  echo $n >/seen/ok.$id
  sleep ${pauseSeconds}
done`;

const httpClients = {
  metadata: { name: "client" },
  spec: {
    selector: { matchLabels: { app: "client" } },
    template: {
      metadata: { labels: { app: "client" } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "client",
            image: images.busybox,
            command: ["sh", "-c", clientScript],
            env: [{ name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
            volumeMounts: [{ name: "seen", mountPath: "/seen" }],
          },
        ],
        volumes: [{ name: "seen", persistentVolumeClaim: { claimName: "seen" } }],
      },
    },
  },
};
