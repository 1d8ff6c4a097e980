/** The service by which a cloud tells a machine about itself, often with credentials: first boot closes all of it to pods. */
export interface MetadataService {
  /** IPv4 addresses that serve nothing else: closed whole. */
  addresses: readonly string[];
  /** Serves something else too that pods need, such as DNS: only these TCP ports are closed. */
  wireServer?: { address: string; tcpPorts: readonly number[] };
}
