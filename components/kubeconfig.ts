import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { ApiAccess } from "../provider/sdk.ts";

/** Gives an administrator's kubeconfig, secret. */
export function kubeconfig(environment: string, api: ApiAccess): pulumi.Output<string> {
  return pulumi.secret(
    pulumi.all([api.server, api.caCertPem, api.clientCertPem, api.clientKeyPem]).apply(([server, ca, cert, key]) =>
      stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": environment,
        clusters: [
          {
            name: environment,
            cluster: { server, "tls-server-name": api.serverName, "certificate-authority-data": base64(ca) },
          },
        ],
        users: [
          {
            name: "kpaas-admin",
            user: { "client-certificate-data": base64(cert), "client-key-data": base64(key) },
          },
        ],
        contexts: [{ name: environment, context: { cluster: environment, user: "kpaas-admin" } }],
      }),
    ),
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
