import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import {
  connectContainerEngine,
  engineInUse,
  ensureContainerEngine,
  stopContainerEngine,
} from "../../local/container-engine.ts";
import { environmentLabel } from "../../local/labels.ts";
import { buildContainers, ended } from "../../local/machine-image.ts";
import { handler } from "../../provider/resources/local-container-engine.ts";

/** local-engine.test.ts runs this in a network and a /run of its own, and checks what it prints. */
const runFolder = "/run/kpaas-engine";
const reports: string[] = [];
const report = (message: string) => reports.push(message);
const networkNames = async () => (await (await connectContainerEngine()).listNetworks()).map(({ Name }) => Name);
const rules = () => execFileSync("iptables-save", { encoding: "utf8" });
const dockerdPid = () => Number(readFileSync(`${runFolder}/dockerd.pid`, "utf8"));

const result: Record<string, unknown> = {};
result.before = await connectContainerEngine().catch((error) => error.message);
const [one, other] = await Promise.all([ensureContainerEngine(report), ensureContainerEngine(report)]);
result.started = [one, other];
const engine = await connectContainerEngine();
result.storageDriver = (await engine.info()).Driver;
await engine.createNetwork({ Name: "platform", Labels: { [environmentLabel]: "other" } });
result.hadRules = /DOCKER/.test(rules());

await stopContainerEngine(report);
result.staysForOthers = (await networkNames()).includes("platform");

process.kill(dockerdPid(), "SIGKILL");
await sleep(200);
result.afterKill = (await networkNames()).includes("platform");

const pid = dockerdPid();
process.kill(pid, "SIGTERM");
while (existsSync(`/proc/${pid}`) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) await sleep(50);
rmSync(runFolder, { recursive: true });
result.afterReboot = (await networkNames()).includes("platform");

await (await connectContainerEngine()).getNetwork("platform").remove();
await leaveBuilds(await connectContainerEngine());
result.leftBuilds = (await (await connectContainerEngine()).listContainers({ all: true })).length;
await handler.delete?.("engine", await engineInUse(), {
  ...{ name: "engine", environment: "other", signal: new AbortController().signal },
  ...{ report, warn: report },
});
result.after = await connectContainerEngine().catch((error) => error.message);
result.left = {
  run: readdirSync("/run"),
  // /sys would show the network it was mounted in.
  interfaces: execFileSync("ip", ["-o", "link"], { encoding: "utf8" }).match(/(?<=^\d+: )[^:@]+/gm),
  rules: /DOCKER|docker0/.test(rules()),
};
result.reports = reports;
console.log(JSON.stringify(result));

/** Leaves containers as killed image builds do. */
async function leaveBuilds(engine: Docker): Promise<void> {
  const emptyArchive = Readable.from([Buffer.alloc(1024)]);
  await ended(engine, await engine.importImage(emptyArchive, { repo: "empty", tag: "1" }));
  for (const name of buildContainers) await engine.createContainer({ name, Image: "empty:1", Cmd: ["/none"] });
}
