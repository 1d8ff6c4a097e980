import { parse } from "yaml";
import { z } from "zod";
import type { ClusterReader } from "../../cluster/part.ts";
import { KubernetesApi } from "../../provider/kubernetes.ts";

const base64 = z.string().transform((text) => Buffer.from(text, "base64").toString());

const schema = z.object({
  clusters: z.tuple([
    z.object({
      cluster: z.object({ server: z.string(), "tls-server-name": z.string(), "certificate-authority-data": base64 }),
    }),
  ]),
  users: z.tuple([z.object({ user: z.object({ "client-certificate-data": base64, "client-key-data": base64 }) })]),
});

/** Makes a client of the API that a kubeconfig of this platform names. */
export function kubernetesApi(kubeconfig: string): KubernetesApi {
  const {
    clusters: [{ cluster }],
    users: [{ user }],
  } = schema.parse(parse(kubeconfig));
  return new KubernetesApi({
    server: cluster.server,
    serverName: cluster["tls-server-name"],
    caCertPem: cluster["certificate-authority-data"],
    clientCertPem: user["client-certificate-data"],
    clientKeyPem: user["client-key-data"],
  });
}

/** Gives the reader with which a cluster part's checks read the cluster. */
export function clusterReader(api: KubernetesApi): ClusterReader {
  return { get: (path) => api.call("GET", path) };
}
