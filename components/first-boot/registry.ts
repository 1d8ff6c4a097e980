import type { MachinePlan } from "../../config/machines.ts";
import { gatewayPorts, registryPushPort } from "../../config/ports.ts";
import { toYaml } from "../../lib/yaml.ts";
import { type RegistryRight, registryRights } from "../registry-users.ts";
import { dataPathOf, type RoleBoot } from "./facts.ts";
import { systemdUnit, unitFile } from "./units.ts";

/** Folder of the registry's configuration, which its user reads. */
const folder = "/etc/docker/registry";

/**
 * Gives the registry's boot: two instances of its program over one store. One is read by nodes, through the gateway; the other takes images,
 * at the machine's own loopback only.
 */
export function registryBoot(machine: MachinePlan): RoleBoot {
  const store = `${dataPathOf(machine)}/data`;
  return {
    scripts: ["registry.sh"],
    variables: { KPAAS_REGISTRY_PUSH_PORT: String(registryPushPort) },
    files: [
      { path: "/etc/kpaas/registry.yaml", content: toYaml(registryConfig(store, "pull")) },
      { path: "/etc/kpaas/registry-push.yaml", content: toYaml(registryConfig(store, "push")) },
      { path: "/etc/kpaas/registry-rights", content: rightsTable() },
      {
        path: "/etc/systemd/system/docker-registry.service.d/kpaas.conf",
        content: systemdUnit({
          Unit: { RequiresMountsFor: store },
          // Whatever its program may be brought to do, it cannot write the store.
          Service: { Restart: "always", RestartSec: "1", ReadOnlyPaths: `-${store}` },
        }),
      },
      unitFile("kpaas-registry-push.service", {
        Unit: {
          Description: "Image registry, the instance that takes images",
          RequiresMountsFor: store,
          After: "network.target",
        },
        Service: {
          User: "docker-registry",
          ExecStart: `/usr/bin/docker-registry serve ${folder}/push.yml`,
          Restart: "always",
          RestartSec: "1",
        },
        Install: { WantedBy: "multi-user.target" },
      }),
    ],
  };
}

/** Renders a line for each user with its rights, by which first boot tells the instances' logins. */
const rightsTable = (): string =>
  Object.entries(registryRights)
    .map(([user, rights]) => `${[user, ...rights].join(" ")}\n`)
    .join("");

/** Renders the configuration of an instance of the distribution registry: TLS and login, both always. */
export function registryConfig(store: string, right: RegistryRight) {
  const pushes = right === "push";
  return {
    version: 0.1,
    // Every health check without a login is a warning.
    log: { level: "error", accesslog: { disabled: true } },
    // Nothing is cached in memory: what the other instance has written, or somebody has removed by hand, is seen at once. Nothing is ever
    // deleted either.
    storage: {
      filesystem: { rootdirectory: store },
      delete: { enabled: false },
      ...(pushes ? {} : { maintenance: { readonly: { enabled: true }, uploadpurging: { enabled: false } } }),
    },
    http: {
      addr: pushes ? `127.0.0.1:${registryPushPort}` : `:${gatewayPorts.registry}`,
      tls: { certificate: `${folder}/tls.crt`, key: `${folder}/tls.key`, minimumtls: "tls1.2" },
      headers: { "X-Content-Type-Options": ["nosniff"] },
    },
    auth: { htpasswd: { realm: "kpaas", path: `${folder}/htpasswd${pushes ? "-push" : ""}` } },
  };
}
