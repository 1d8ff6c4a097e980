import * as pulumi from "@pulumi/pulumi";
import { toYaml } from "../../lib/yaml.ts";
import type { Settings } from "../openstack/settings.ts";

/** Packs an archive for cloud-init: what was rendered, and at the end of the first boot passwords that do not expire. */
export function keepPasswords(rendered: pulumi.Input<string>, { sshUser }: Settings): pulumi.Output<string> {
  // The images' passwords have expired: until they are changed, sshd and sudo refuse whoever is no terminal.
  const script = `#!/bin/sh
for user in root ${sshUser}; do
  chage --lastday "$(date +%F)" --maxdays -1 "$user"
done
`;
  return pulumi.output(rendered).apply(
    (cloudConfig) =>
      `#cloud-config-archive\n${toYaml([
        { type: "text/cloud-config", content: cloudConfig },
        { type: "text/x-shellscript", content: script },
      ])}`,
  );
}
