import * as pulumi from "@pulumi/pulumi";
import type { ApplicationPlatform } from "../components/application-platform.ts";
import type { ContainerPlatform } from "../components/container-platform.ts";
import { registryUsers } from "../components/registry-users.ts";
import type { Environment } from "../config/environment.ts";

/** Gives what a finished platform tells its operators; read by `./kpaas status`, `ssh`, `logs` and `verify`. */
export function platformOutputs(
  environment: Environment,
  platform: ContainerPlatform,
  applications?: ApplicationPlatform,
): Record<string, unknown> {
  const { secrets, gateway } = platform;
  const machines = [...platform.machines, ...(applications ? [applications.jumpHost] : [])];
  const { domain } = environment.network;
  return {
    kubeconfig: platform.kubeconfig,
    endpoints: gateway.endpoints,
    machines: Object.fromEntries(
      machines.map(({ plan, privateIp, connection }) => [
        plan.name,
        { role: plan.role, hostname: plan.hostname, privateIp, connection },
      ]),
    ),
    registry: {
      name: `registry.${domain}:5000`,
      endpoint: gateway.endpoints.registry,
      user: registryUsers.admin,
      password: secrets.registryAdminPassword,
      caCertPem: secrets.platformCa.certPem,
      // Images are put there over the installer's own connection only.
      connection: machines.find(({ plan }) => plan.role === "registry")?.connection,
    },
    database: {
      endpoint: gateway.endpoints.database,
      passwords: pulumi.secret(secrets.databasePasswords),
      caCertPem: secrets.platformCa.certPem,
    },
    certificates: {
      "platform-ca": secrets.platformCa.notAfter,
      "kubernetes-ca": secrets.kubernetesCa.notAfter,
      registry: secrets.registryCertificate.notAfter,
      database: secrets.databaseCertificate.notAfter,
      admin: secrets.adminCertificate.notAfter,
    },
    ...(applications?.gatewayAddress ? { applications: { gatewayAddress: applications.gatewayAddress } } : {}),
  };
}
