import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sshClient } from "./tools.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-doctor-"));
  install("sh", '#!/bin/sh\nexec /bin/sh "$@"\n');
  vi.stubEnv("PATH", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function install(tool: string, text = "#!/bin/sh\n"): void {
  writeFileSync(join(folder, tool), text);
  chmodSync(join(folder, tool), 0o755);
}

test("an OpenSSH client without its agent is told, with the package that has both", async () => {
  install("ssh");
  expect(await sshClient()).toMatchObject([{ level: "warning", remedy: "apt-get install openssh-client" }]);
});

test("a whole OpenSSH client is where it is", async () => {
  for (const tool of ["ssh", "ssh-agent", "ssh-add"]) install(tool);
  expect(await sshClient()).toMatchObject([{ level: "ok", found: join(folder, "ssh") }]);
});
