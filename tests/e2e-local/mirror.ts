import { createHash } from "node:crypto";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { eventually } from "../../lib/eventually.ts";
import { containerExec } from "../../local/exec.ts";
import { environmentLabel } from "../../local/labels.ts";

/** Serves its folder by HTTPS; an access log on standard error. The certificate, for its host name, vouches for itself. */
const server = `
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$(hostname)" \\
  -addext "subjectAltName=DNS:$(hostname)" -keyout /srv/key.pem -out /srv/certificate.pem 2>/dev/null
cd /srv/mirror && exec python3 -u -c '
import http.server, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/certificate.pem", "/srv/key.pem")
server = http.server.ThreadingHTTPServer(("", 443), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()'`;

/** A site's own mirror of upstream: a container beside the machines, known to them by its host name. */
export class Mirror {
  readonly engine: Docker;
  readonly hostname: string;

  constructor(engine: Docker, hostname: string) {
    this.engine = engine;
    this.hostname = hostname;
  }

  /** Returns the certificate, once it answers. */
  async start(image: string, networkId: string, environment: string): Promise<string> {
    const { engine, hostname } = this;
    const container = await engine.createContainer({
      name: hostname,
      Hostname: hostname,
      Image: image,
      Cmd: ["sh", "-eu", "-c", server],
      Labels: { [environmentLabel]: environment },
      HostConfig: { NetworkMode: networkId },
    });
    await this.serve({});
    await container.start();
    return eventually(20, () =>
      succeeded(
        engine,
        hostname,
        `curl -fsS -o /dev/null --cacert /srv/certificate.pem https://${hostname}/
        cat /srv/certificate.pem`,
      ),
    );
  }

  /** Adds files, by path, to those that it serves. */
  async serve(files: Record<string, string | Buffer>): Promise<void> {
    const tar = pack();
    tar.entry({ name: "srv/mirror/bosh", type: "directory" });
    for (const [name, content] of Object.entries(files)) tar.entry({ name: `srv/mirror/bosh/${name}` }, content);
    tar.finalize();
    await this.engine.getContainer(this.hostname).putArchive(tar, { path: "/" });
  }

  /** Gives the paths that it was asked for, in their order. */
  async requests(): Promise<string[]> {
    const log = await this.engine.getContainer(this.hostname).logs({ stdout: true, stderr: true });
    return [...log.toString("utf8").matchAll(/"GET \/bosh\/(\S+) HTTP/g)].map(([, path = ""]) => path);
  }
}

/** Gives what a command in a container printed. @throws its own error when it fails */
export async function succeeded(engine: Docker, container: string, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await containerExec(engine, container, ["bash", "-euc", command]);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr}${stdout}`);
  return stdout;
}

/** Gives the image with further Debian packages, as an operator bakes one; made unless the container engine has it. */
export async function withPackages(engine: Docker, from: string, packages: readonly string[]): Promise<string> {
  const tag = createHash("sha256")
    .update([from, ...packages].join("\n"))
    .digest("hex")
    .slice(0, 12);
  const reference = `kpaas-test-baked:${tag}`;
  if ((await engine.listImages({ filters: { reference: [reference] } })).length > 0) return reference;
  console.log(`making an image with ${packages.length} packages (half a minute)`);
  const install = `apt-get -q update && apt-get -q -y install --no-install-recommends ${packages.join(" ")} && apt-get clean`;
  const container = await engine.createContainer({
    Image: from,
    Cmd: ["sh", "-c", `export DEBIAN_FRONTEND=noninteractive; ${install}`],
  });
  try {
    await container.start();
    const { StatusCode } = await container.wait();
    if (StatusCode !== 0) throw new Error(String(await container.logs({ stdout: true, stderr: true, tail: 20 })));
    await container.commit({ repo: "kpaas-test-baked", tag });
  } finally {
    await container.remove({ force: true, v: true });
  }
  return reference;
}
