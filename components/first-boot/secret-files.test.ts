import { expect, test } from "vitest";
import { databaseSecretFiles, masterSecretFiles, registrySecretFiles } from "./secret-files.ts";

const ca = (name: string) => ({ certPem: `${name} cert`, keyPem: `${name} key` });

test("masters get every authority's key pair under kubeadm's own names", () => {
  const files = masterSecretFiles({
    kubernetesCa: ca("kubernetes"),
    etcdCa: ca("etcd"),
    frontProxyCa: ca("front proxy"),
    serviceAccount: { privateKeyPem: "sa key", publicKeyPem: "sa pub" },
    encryptionKey: "-_8",
    registryPull: { name: "node", password: "secret" },
  });
  expect(files).toEqual({
    "pki/ca.crt": "kubernetes cert",
    "pki/ca.key": "kubernetes key",
    "pki/etcd/ca.crt": "etcd cert",
    "pki/etcd/ca.key": "etcd key",
    "pki/front-proxy-ca.crt": "front proxy cert",
    "pki/front-proxy-ca.key": "front proxy key",
    "pki/sa.key": "sa key",
    "pki/sa.pub": "sa pub",
    // Kubernetes reads standard base64 only.
    "encryption-key": "+/8=",
    "registry-pull": "node:secret",
  });
});

test("the registry gets one line for each user", () => {
  const users = [
    { name: "admin", password: "a" },
    { name: "node", password: "b" },
  ];
  expect(registrySecretFiles({ tlsCertPem: "cert", tlsKeyPem: "key", users })).toEqual({
    "tls.crt": "cert",
    "tls.key": "key",
    users: "admin:a\nnode:b\n",
  });
});

test("a database user reaches its own database only, over TLS only", () => {
  const sql = databaseSecretFiles({
    tlsCertPem: "cert",
    tlsKeyPem: "key",
    caCertPem: "ca",
    users: [{ name: "cp_portal", password: "it's\\" }],
  })["users.sql"];
  expect(sql?.split("\n")).toEqual([
    "CREATE DATABASE IF NOT EXISTS `cp_portal`;",
    "CREATE USER IF NOT EXISTS 'cp_portal'@'%' IDENTIFIED BY 'it''s\\\\' REQUIRE SSL;",
    "ALTER USER 'cp_portal'@'%' IDENTIFIED BY 'it''s\\\\' REQUIRE SSL;",
    "GRANT ALL PRIVILEGES ON `cp\\_portal`.* TO 'cp_portal'@'%';",
    "",
  ]);
});
