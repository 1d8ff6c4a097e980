import { describe, expect, test } from "vitest";
import { connectionSchema } from "./schemas.ts";
import { knownHosts, rootCommandLine, sshConfig } from "./ssh-config.ts";
import { sshFailure } from "./ssh-failure.ts";

const machine = { host: "10.0.0.5", user: "ubuntu" };

test("only users other than root need sudo", () => {
  expect(rootCommandLine("ubuntu", ["cat", "a b"])).toBe("sudo -n -H -- cat 'a b'");
  expect(rootCommandLine("root", ["cat", "a b"])).toBe("cat 'a b'");
});

test("paths with spaces and percent signs are one word of the configuration, and of the bastion's command", () => {
  const config = sshConfig(machine, "/tmp/a b%c", "/state/100% x/known_hosts", "/tmp/b'c%d");
  expect(config).toContain('ControlPath "/tmp/a b%%c/control"');
  expect(config).toContain('UserKnownHostsFile "/state/100%% x/known_hosts"');
  expect(config).toContain(`-S '/tmp/b'\\''c%%d/control' -o ProxyCommand=false -o LogLevel=ERROR -W [%h]:%p machine`);
});

test("a machine is known by its id where it has one", () => {
  expect(sshConfig({ ...machine, hostId: "i-1" }, "/f", "/k")).toContain("HostKeyAlias i-1\n");
  expect(sshConfig(machine, "/f", "/k")).not.toContain("HostKeyAlias");
});

test("a host whose key is known must show it, whatever any file says", () => {
  const hostKey = "ssh-ed25519 AAAA worker-1";
  const config = sshConfig({ ...machine, hostId: "i-1", hostKey }, "/f", "/f/known_hosts");
  expect(config).toContain("StrictHostKeyChecking yes\n");
  expect(config).toContain("HostKeyAlgorithms ssh-ed25519\n");
  expect(knownHosts({ ...machine, hostId: "i-1", hostKey })).toBe(`i-1 ${hostKey}\n`);
  expect(knownHosts({ ...machine, hostKey })).toBe(`machine ${hostKey}\n`);
  expect(sshConfig({ ...machine, hostKey }, "/f", "/k")).toContain("HostKeyAlias machine\n");
});

describe("a connection", () => {
  const connection = { kind: "ssh", ...machine, privateKeyPem: "k" };

  test.each(["10.0.0.5", "fd00::5", "bastion.example.org"])("takes the host %s", (host) => {
    expect(connectionSchema.safeParse({ ...connection, host, bastion: machine }).success).toBe(true);
  });

  test.each(["-oProxyCommand=id", "a b", 'a"b', "a\nProxyCommand id", "%h", ""])("refuses the host %j", (host) => {
    expect(connectionSchema.safeParse({ ...connection, host }).success).toBe(false);
    expect(connectionSchema.safeParse({ ...connection, bastion: { ...machine, host } }).success).toBe(false);
    expect(connectionSchema.safeParse({ ...connection, user: host }).success).toBe(false);
    expect(connectionSchema.safeParse({ ...connection, hostId: host }).success).toBe(false);
    expect(connectionSchema.safeParse({ ...connection, hostKey: `ssh-ed25519 ${host}` }).success).toBe(false);
  });
});

test.each([
  ["Permission denied (publickey).", undefined, "does not accept the environment's key"],
  ["ssh: connect to host x port 22: No route to host", undefined, "it does not answer"],
  ["Connection closed by 10.0.0.5 port 22", undefined, "Connection closed by 10.0.0.5 port 22"],
  [
    "kex_exchange_identification: Connection closed by remote host",
    machine,
    "nothing answers there through 10.0.0.5:22",
  ],
  ['Please login as the user "ubuntu"', machine, 'Please login as the user "ubuntu"'],
  ["", undefined, "it closes the connection"],
])("of %j (bastion: %j) the cause is named", (said, bastion, why) => {
  expect(sshFailure({ host: "fd00::5", user: "root" }, said, bastion).message).toContain(
    `root@[fd00::5]:22 cannot be entered: `,
  );
  expect(sshFailure(machine, said, bastion).message).toContain(why);
});
