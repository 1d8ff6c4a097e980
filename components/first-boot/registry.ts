import type { MachinePlan } from "../../config/machines.ts";
import { toYaml } from "../../lib/yaml.ts";
import { dataPathOf, type RoleBoot } from "./facts.ts";
import { systemdUnit } from "./units.ts";

export function registryBoot(machine: MachinePlan): RoleBoot {
  const store = `${dataPathOf(machine)}/data`;
  return {
    scripts: ["registry.sh"],
    variables: {},
    files: [
      { path: "/etc/kpaas/registry.yaml", content: toYaml(registryConfig(store)) },
      {
        path: "/etc/systemd/system/docker-registry.service.d/kpaas.conf",
        content: systemdUnit({
          Unit: { RequiresMountsFor: store },
          Service: { Restart: "always", RestartSec: "1" },
        }),
      },
    ],
  };
}

/** Renders the configuration of the distribution registry: TLS and login, both always. */
export function registryConfig(store: string) {
  const folder = "/etc/docker/registry";
  return {
    version: 0.1,
    // Every health check without a login is a warning.
    log: { level: "error", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: store },
      cache: { blobdescriptor: "inmemory" },
      delete: { enabled: true },
    },
    http: {
      addr: ":5000",
      tls: { certificate: `${folder}/tls.crt`, key: `${folder}/tls.key`, minimumtls: "tls1.2" },
      headers: { "X-Content-Type-Options": ["nosniff"] },
    },
    auth: { htpasswd: { realm: "kpaas", path: `${folder}/htpasswd` } },
  };
}
