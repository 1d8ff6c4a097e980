import type { BootFile } from "./facts.ts";

/** Gives files of secrets, contents by path below /etc/kpaas/secrets, as they are delivered. */
export function secretFiles(contents: Record<string, string>): BootFile[] {
  return Object.entries(contents).map(([path, content]) => ({
    path: `/etc/kpaas/secrets/${path}`,
    content,
    permissions: "0600",
  }));
}

export interface CertificateAuthorityPem {
  certPem: string;
  keyPem: string;
}

export interface Login {
  name: string;
  password: string;
}

export interface MasterSecrets {
  kubernetesCa: CertificateAuthorityPem;
  etcdCa: CertificateAuthorityPem;
  frontProxyCa: CertificateAuthorityPem;
  serviceAccount: { privateKeyPem: string; publicKeyPem: string };
  /** 32 bytes, base64 or base64url. */
  encryptionKey: string;
  registryPull: Login;
}

/** Gives contents by path below /etc/kpaas/secrets, as the masters' first boot expects them. */
export function masterSecretFiles(secrets: MasterSecrets): Record<string, string> {
  const { kubernetesCa, etcdCa, frontProxyCa, serviceAccount, encryptionKey, registryPull } = secrets;
  return {
    "pki/ca.crt": kubernetesCa.certPem,
    "pki/ca.key": kubernetesCa.keyPem,
    "pki/etcd/ca.crt": etcdCa.certPem,
    "pki/etcd/ca.key": etcdCa.keyPem,
    "pki/front-proxy-ca.crt": frontProxyCa.certPem,
    "pki/front-proxy-ca.key": frontProxyCa.keyPem,
    "pki/sa.key": serviceAccount.privateKeyPem,
    "pki/sa.pub": serviceAccount.publicKeyPem,
    "encryption-key": Buffer.from(encryptionKey, "base64").toString("base64"),
    "registry-pull": `${registryPull.name}:${registryPull.password}`,
  };
}

/** Gives contents by path below /etc/kpaas/secrets, as the workers' first boot expects them. */
export function workerSecretFiles({ registryPull }: Pick<MasterSecrets, "registryPull">): Record<string, string> {
  return { "registry-pull": `${registryPull.name}:${registryPull.password}` };
}

export interface RegistrySecrets {
  tlsCertPem: string;
  tlsKeyPem: string;
  users: Login[];
}

export function registrySecretFiles({ tlsCertPem, tlsKeyPem, users }: RegistrySecrets): Record<string, string> {
  return {
    "tls.crt": tlsCertPem,
    "tls.key": tlsKeyPem,
    users: users.map(({ name, password }) => `${name}:${password}\n`).join(""),
  };
}

export interface DatabaseSecrets {
  tlsCertPem: string;
  tlsKeyPem: string;
  caCertPem: string;
  /** Users, each of whom gets a database of its own name. */
  users: Login[];
}

export function databaseSecretFiles(secrets: DatabaseSecrets): Record<string, string> {
  const { tlsCertPem, tlsKeyPem, caCertPem, users } = secrets;
  return { "tls.crt": tlsCertPem, "tls.key": tlsKeyPem, "ca.crt": caCertPem, "users.sql": usersSql(users) };
}

/** Renders SQL for one database and one user for each consumer; running it again only sets the passwords. */
function usersSql(users: Login[]): string {
  const statements = users.flatMap(({ name, password }) => {
    const user = `${text(name)}@'%'`;
    const login = `IDENTIFIED BY ${text(password)} REQUIRE SSL`;
    return [
      `CREATE DATABASE IF NOT EXISTS ${identifier(name)};`,
      `CREATE USER IF NOT EXISTS ${user} ${login};`,
      `ALTER USER ${user} ${login};`,
      // In a grant, `_` and `%` are wildcards of database names.
      `GRANT ALL PRIVILEGES ON ${identifier(name.replaceAll(/[_%]/g, "\\$&"))}.* TO ${user};`,
    ];
  });
  return [...statements, ""].join("\n");
}

const text = (value: string) => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
const identifier = (value: string) => `\`${value.replaceAll("`", "``")}\``;
