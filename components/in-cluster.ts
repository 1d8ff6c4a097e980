import * as core from "@pulumi/kubernetes/core/v1/index.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";

export interface InClusterArgs {
  /** Administrator's kubeconfig, secret. */
  kubeconfig: pulumi.Input<string>;
  /** `name:port` of the private registry as pods' nodes know it. */
  registry: { server: string; user: string; password: pulumi.Input<string> };
  /** Name by which pods reach the metadata database, and each consumer's password. */
  database: { host: string; port: number; passwords: Record<string, pulumi.Input<string>> };
}

/** Objects inside the cluster that later parts (portals, brokers) build on: namespace, registry login, database logins. */
export class InCluster extends pulumi.ComponentResource {
  static readonly __pulumiType = "kpaas:index:InCluster";

  constructor(name: string, args: InClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const { kubeconfig, registry, database } = args;
    super(
      InCluster.__pulumiType,
      name,
      { registry: registry.server, consumers: Object.keys(database.passwords) },
      opts,
    );

    const provider = new Provider(`${name}-provider`, { kubeconfig }, { parent: this });
    const child = { parent: this, provider };
    const namespace = new core.Namespace(`${name}-namespace`, { metadata: { name: "k-paas-system" } }, child);
    const secret = (id: string, type: string, stringData: Record<string, pulumi.Input<string>>) =>
      new core.Secret(
        `${name}-${id}`,
        { metadata: { name: id, namespace: namespace.metadata.name }, type, stringData },
        child,
      );

    secret("registry-login", "kubernetes.io/dockerconfigjson", { ".dockerconfigjson": dockerConfig(registry) });
    for (const [user, password] of Object.entries(database.passwords))
      secret(`database-${user.replaceAll("_", "-")}`, "kubernetes.io/basic-auth", {
        username: user,
        password,
        host: database.host,
        port: String(database.port),
        database: user,
      });
    this.registerOutputs({});
  }
}

function dockerConfig({ server, user, password }: InClusterArgs["registry"]): pulumi.Output<string> {
  return pulumi.secret(password).apply((value) => {
    const auth = Buffer.from(`${user}:${value}`).toString("base64");
    return JSON.stringify({ auths: { [server]: { auth } } });
  });
}
