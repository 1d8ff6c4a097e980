import * as pulumi from "@pulumi/pulumi";
import type { SshKeyPair } from "../../provider/sdk.ts";
import { gzippedBase64 } from "../shared/gzip.ts";

/**
 * Renders a server's script: Naver's servers take one of ASCII and no cloud-init user-data. It lays user-data and the
 * platform's public key where cloud-init's data source NoCloud reads them, and starts the server once more: that boot
 * is the first to cloud-init. It leaves the network as Naver has set it up.
 */
export function initScript(
  hostname: string,
  userData: pulumi.Input<string>,
  key: Pick<SshKeyPair, "publicKeyOpenSsh">,
): pulumi.Output<string> {
  return pulumi.all([gzippedBase64(userData), key.publicKeyOpenSsh]).apply(([data, publicKey]) => {
    const metaData = { "instance-id": hostname, "local-hostname": hostname, "public-keys": [publicKey] };
    const configuration = { datasource_list: ["NoCloud"], network: { config: "disabled" } };
    return `#!/bin/bash
set -eu
seed=/var/lib/cloud/seed/nocloud
install -d -m 0700 "$seed"
base64 -d <<'END' | gunzip > "$seed/user-data"
${data}
END
cat > "$seed/meta-data" <<'END'
${JSON.stringify(metaData)}
END
cat > /etc/cloud/cloud.cfg.d/99-kpaas.cfg <<'END'
${JSON.stringify(configuration)}
END
cloud-init clean --logs
reboot
`;
  });
}
