import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerPlatform } from "../components/container-platform.ts";
import { registryUsers } from "../components/private-registry.ts";
import type { Environment } from "../config/environment.ts";
import { gatewayPorts } from "../config/ports.ts";

/** Adds the objects inside the cluster, or says why they are left out. */
export async function addInCluster(environment: Environment, platform: ContainerPlatform): Promise<void> {
  if (!kubernetesPluginInstalled()) {
    pulumi.log.info(
      `objects inside the cluster are left out: the plugin resource-kubernetes ${kubernetesSdkVersion()} is not installed. ` +
        `Once it can be downloaded: pulumi plugin install resource kubernetes ${kubernetesSdkVersion()}`,
    );
    return;
  }
  const { InCluster } = await import("../components/in-cluster.ts");
  const { domain } = environment.network;
  const { secrets } = platform;
  new InCluster("in-cluster", {
    kubeconfig: platform.kubeconfig,
    registry: {
      server: `registry.${domain}:${gatewayPorts.registry}`,
      user: registryUsers.pull,
      password: secrets.registryPullPassword,
    },
    database: { host: `database.${domain}`, port: gatewayPorts.database, passwords: secrets.databasePasswords },
  });
}

/** The engine would try to download a missing plugin and fail the whole `up` where it cannot. */
function kubernetesPluginInstalled(): boolean {
  const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const installed = join(home, "plugins", `resource-kubernetes-v${kubernetesSdkVersion()}`);
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "pulumi-resource-kubernetes"));
  return [installed, ...onPath].some((path) => existsSync(path));
}

function kubernetesSdkVersion(): string {
  const path = createRequire(import.meta.url).resolve("@pulumi/kubernetes/package.json");
  return JSON.parse(readFileSync(path, "utf8")).version;
}
