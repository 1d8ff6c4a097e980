import { versions } from "../../config/versions.ts";
import { packageFile } from "../../lib/package-file.ts";
import { print } from "../../lib/terminal.ts";
import { defineCommand } from "../command.ts";

export const version = defineCommand({
  options: {},
  maxPositionals: 0,
  async run() {
    const { version } = packageFile();
    await print(
      `kpaas ${version}, Pulumi ${versions.pulumi}, Kubernetes ${versions.kubernetes} by default, Node.js ${process.version}`,
    );
    return 0;
  },
});
