import type Docker from "dockerode";
import "../../stacks/infrastructures.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { mariadbConfig } from "../../components/first-boot/database.ts";
import { databaseSecretFiles } from "../../components/first-boot/index.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { versions } from "../../config/versions.ts";
import { tarOf } from "../../lib/tar.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { createMachine, removeMachine } from "../../local/machine.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";
import { databaseAccess, runDatabaseClient } from "../../operations/database-access.ts";
import { issue, selfSignedAuthority } from "../../provider/x509.ts";

const name = `database-${process.pid}`;
const environment = parseEnvironment("office", { infrastructure: { kind: "local" } });
/** Has what means something to shells and option files. */
const password = `a "quoted" 'one' #\\$HOME\\ äß`;

let engine: Docker;
let networkId: string;
let caCertPem: string;

/** A database as first boot makes it, on a machine of its own. */
beforeAll(async () => {
  await ensureContainerEngine(console.log);
  engine = await connectContainerEngine();
  const range = { gateway: "10.253.82.1", dynamicCidr: "10.253.82.128/25" };
  networkId = await createNetwork({
    networkName: `kpaas-${name}`,
    environment: name,
    cidr: "10.253.82.0/24",
    ...range,
  });
  await createMachine({
    ...{ hostname: name, environment: name, role: "database", machineName: "database", networkId },
    image: await ensureMachineImage("machine", versions.kubernetes, console.log),
    ...{ userData: "#cloud-config\n{}\n", firewall: "", volumes: {}, publicPorts: [] },
  });
  const authority = await selfSignedAuthority("test", 1);
  caCertPem = authority.certPem;
  const certificate = await issue(authority, {
    ...{ commonName: "database", dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"], validityDays: 1 },
    usages: ["server"],
  });
  const secrets = databaseSecretFiles({
    ...{ tlsCertPem: certificate.certPem, tlsKeyPem: certificate.keyPem, caCertPem },
    users: [{ name: "portal", password }],
  });
  const files = {
    "etc/mysql/mariadb.conf.d/99-kpaas.cnf": { content: mariadbConfig("/var/lib/mysql/data"), mode: 0o644 },
    ...Object.fromEntries(
      Object.entries(secrets).map(([path, content]) => [`etc/mysql/kpaas/${path}`, { content, mode: 0o644 }]),
    ),
  };
  await engine.getContainer(name).putArchive(await tarOf(files), { path: "/" });
  const start = `install -d -o mysql /var/lib/mysql/data
    mariadb-install-db --user=mysql --datadir=/var/lib/mysql/data --auth-root-authentication-method=socket --skip-test-db
    until systemctl start mariadb; do sleep 0.3; done
    mariadb </etc/mysql/kpaas/users.sql`;
  const { exitCode, stderr } = await containerExec(engine, name, ["timeout", "120", "bash", "-euc", start]);
  expect({ exitCode, stderr: exitCode ? stderr : "" }).toEqual({ exitCode: 0, stderr: "" });
}, 2_700_000);

afterAll(async () => {
  await removeMachine(name);
  await removeNetwork(networkId);
});

/** Runs the client as `./kpaas database --connect` does; gives its exit code and what it wrote. */
async function client(access: { password: string }, ...args: string[]): Promise<{ code: number; said: string }> {
  let said = "";
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation((chunk) => {
      said += String(chunk);
      return true;
    }),
  );
  try {
    const outputs = { endpoint: "127.0.0.1:1", passwords: { portal: access.password }, caCertPem };
    const options = { tty: false, stdin: false };
    const of = databaseAccess(environment, outputs, "portal");
    const code = await runDatabaseClient({ kind: "container", container: name }, of, args, options);
    return { code, said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const inMachine = async (command: string) => (await containerExec(engine, name, ["bash", "-c", command])).stdout.trim();

test("a consumer's client is in its own database, over TLS, and leaves no file", async () => {
  const query = "SELECT CURRENT_USER(), DATABASE(); SHOW STATUS LIKE 'Ssl_cipher'";
  const { code, said } = await client({ password }, "-N", "-e", query);
  expect({ code, said }).toMatchObject({ code: 0, said: expect.stringMatching(/^portal@%\tportal\nSsl_cipher\tTLS/) });
  expect(await inMachine("ls /run | grep kpaas-client")).toBe("");
});

test("while it runs the password is in no process's arguments or environment", async () => {
  const running = client({ password }, "-e", "SELECT SLEEP(3)");
  await expect.poll(() => inMachine("pgrep -fa defaults-extra-fil[e]"), { timeout: 10_000 }).toContain("mariadb");
  const all = await inMachine("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '");
  expect(all).toContain("SLEEP");
  expect(all).not.toContain("quoted");
  expect(await inMachine("stat -c '%a %U' /run/kpaas-client-*")).toBe("600 root");
  expect((await running).code).toBe(0);
});

test("a wrong password is told by the client's own exit code and words", async () => {
  const { code, said } = await client({ password: "wrong" }, "-e", "SELECT 1");
  expect(code).toBe(1);
  expect(said).toContain("Access denied");
});
