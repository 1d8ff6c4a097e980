import * as pulumi from "@pulumi/pulumi";
import { gatewayAddress } from "../config/addresses.ts";
import type { Environment } from "../config/environment.ts";
import { capabilitiesOf } from "../config/infrastructure/catalog.ts";
import { Certificate, CertificateAuthority, KeyPair, RandomSecret } from "../provider/sdk.ts";

export interface PlatformSecretsArgs {
  environment: Environment;
}

/** Every secret of an environment, generated for it alone: authorities, certificates, keys, passwords. */
export class PlatformSecrets extends pulumi.ComponentResource {
  static readonly __pulumiType = "kpaas:index:PlatformSecrets";

  /** Signs the registry's and the database's certificates. */
  readonly platformCa: CertificateAuthority;
  readonly kubernetesCa: CertificateAuthority;
  readonly etcdCa: CertificateAuthority;
  readonly frontProxyCa: CertificateAuthority;
  readonly serviceAccountKey: KeyPair;
  readonly registryCertificate: Certificate;
  readonly databaseCertificate: Certificate;
  readonly adminCertificate: Certificate;
  /** Encrypts Kubernetes Secrets in etcd. */
  readonly encryptionKey: pulumi.Output<string>;
  readonly joinTokenSeed: pulumi.Output<string>;
  /** Seed of the machines' SSH host keys; absent where none is entered by SSH. */
  readonly hostKeySeed?: pulumi.Output<string>;
  readonly registryAdminPassword: pulumi.Output<string>;
  readonly registryPullPassword: pulumi.Output<string>;
  /** Passwords by consumer. */
  readonly databasePasswords: Record<string, pulumi.Output<string>>;

  constructor(name: string, args: PlatformSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(PlatformSecrets.__pulumiType, name, {}, opts);
    const { environment } = args;
    const { domain } = environment.network;
    const gateway = gatewayAddress(environment);
    const child = { parent: this };

    const authority = (id: string, commonName: string) =>
      new CertificateAuthority(`${name}-${id}`, { commonName }, child);
    const password = (id: string) => new RandomSecret(`${name}-${id}`, {}, child).value;
    const serverCertificate = (service: string) =>
      new Certificate(
        `${name}-${service}-certificate`,
        {
          caCertPem: this.platformCa.certPem,
          caKeyPem: this.platformCa.keyPem,
          commonName: `${service}.${domain}`,
          dnsNames: [`${service}.${domain}`, "localhost"],
          ipAddresses: [gateway, "127.0.0.1"],
          usages: ["server"],
        },
        child,
      );

    this.platformCa = authority("platform-ca", `${environment.name} platform`);
    this.kubernetesCa = authority("kubernetes-ca", "kubernetes");
    this.etcdCa = authority("etcd-ca", "etcd-ca");
    this.frontProxyCa = authority("front-proxy-ca", "front-proxy-ca");
    this.serviceAccountKey = new KeyPair(`${name}-service-account`, {}, child);
    this.registryCertificate = serverCertificate("registry");
    this.databaseCertificate = serverCertificate("database");
    this.adminCertificate = new Certificate(
      `${name}-admin-certificate`,
      {
        caCertPem: this.kubernetesCa.certPem,
        caKeyPem: this.kubernetesCa.keyPem,
        commonName: "kpaas-admin",
        organizations: ["kubeadm:cluster-admins"],
        usages: ["client"],
      },
      child,
    );
    this.encryptionKey = new RandomSecret(`${name}-encryption-key`, { bytes: 32 }, child).value;
    this.joinTokenSeed = password("join-token-seed");
    if (!capabilitiesOf(environment.infrastructure).onThisHost)
      this.hostKeySeed = new RandomSecret(`${name}-host-key-seed`, { bytes: 32 }, child).value;
    this.registryAdminPassword = password("registry-admin");
    this.registryPullPassword = password("registry-pull");
    this.databasePasswords = Object.fromEntries(
      environment.containerPlatform.database.consumers.map((user) => [user, password(`database-${user}`)]),
    );
    this.registerOutputs({});
  }
}
