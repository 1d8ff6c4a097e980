import { readFileSync } from "node:fs";
import { join } from "node:path";
import { versions } from "../../config/versions.ts";
import { repository } from "../../lib/repository.ts";
import { print } from "../../lib/terminal.ts";
import { defineCommand } from "../command.ts";

export const version = defineCommand({
  options: {},
  maxPositionals: 0,
  async run() {
    const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
    await print(
      `kpaas ${version}, Pulumi ${versions.pulumi}, Kubernetes ${versions.kubernetes} by default, Node.js ${process.version}`,
    );
    return 0;
  },
});
