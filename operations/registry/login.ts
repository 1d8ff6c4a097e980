import { spawn } from "node:child_process";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { gatewayAddress } from "../../config/addresses.ts";
import type { Environment } from "../../config/environment.ts";
import { UserError } from "../../lib/errors.ts";
import { quoted } from "../../lib/shell.ts";
import { findContainerEngine } from "../../local/container-engine.ts";
import type { PlatformOutputs } from "../access/outputs.ts";
import { environmentFolder } from "../engine/state.ts";

export const containerTools = ["docker", "podman"] as const;
export type ContainerTool = (typeof containerTools)[number];

/** Logs a container tool in by its own login; the password goes through its standard input. Gives the registry's name for it. Throws UserError. */
export async function logIn(
  environment: Environment,
  registry: PlatformOutputs["registry"],
  given?: string,
): Promise<{ tool: ContainerTool; address: string }> {
  const tool = toolOf(given);
  const address = await addressFor(environment, registry);
  trust(tool, environment.name, address, registry.caCertPem);
  const env = { ...process.env, ...(await engineVariables(tool)) };
  const words = ["login", "--username", registry.user, "--password-stdin", address];
  const child = spawn(tool, words, { env, stdio: ["pipe", "pipe", "pipe"] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  child.stdin.on("error", () => undefined);
  child.stdin.end(registry.password);
  const [code] = await once(child, "close");
  if (code !== 0)
    throw new UserError(
      `${tool} login ${address} failed: ${(await said).join("\n").trim().split("\n").at(-1)}`,
      "see whether the registry answers: ./kpaas status",
    );
  return { tool, address };
}

/** Gives the container tools that are on PATH. */
export const installedTools = (): ContainerTool[] => containerTools.filter(isInstalled);

function toolOf(given: string | undefined): ContainerTool {
  const named = containerTools.find((tool) => tool === given);
  if (given !== undefined && !named)
    throw new UserError(`--tool: ${given} is none that is known here`, `one of ${containerTools.join(", ")}`);
  const tool = (named ? [named] : containerTools).find(isInstalled);
  if (tool) return tool;
  throw new UserError(
    `${given ?? "neither docker nor podman"} is ${given ? "not " : ""}on PATH`,
    "install one; ./kpaas registry push needs neither for an archive",
  );
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Gives the name by which a tool reaches the registry and which is in its certificate. */
async function addressFor(environment: Environment, { endpoint, name }: PlatformOutputs["registry"]): Promise<string> {
  const { hostname } = new URL(`https://${endpoint}`);
  if (hostname === "127.0.0.1" || hostname === gatewayAddress(environment)) return endpoint;
  const host = new URL(`https://${name}`).hostname;
  try {
    await lookup(host);
  } catch {
    throw new UserError(
      `${host}, the registry's name, is not known to this machine`,
      `add it to /etc/hosts: echo ${quoted(`${hostname} ${host}`)} | sudo tee -a /etc/hosts`,
    );
  }
  return name;
}

/** Has the tool trust the platform's CA, for this registry alone. */
function trust(tool: ContainerTool, environment: string, address: string, caCertPem: string): void {
  const path = join(certificateFolder(tool), address, "ca.crt");
  // Docker asks for no certificate of a registry on the loopback.
  if (tool === "docker" && address.startsWith("127.")) return;
  if (existsSync(path) && readFileSync(path, "utf8") === caCertPem) return;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, caCertPem);
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    const copy = join(environmentFolder(environment), "registry-ca.crt");
    writeFileSync(copy, caCertPem);
    throw new UserError(
      `${tool} has to trust the platform's CA, and ${path} cannot be written`,
      `sudo install -D -m 0644 ${quoted(copy)} ${quoted(path)}, then the same command again`,
    );
  }
}

const certificateFolder = (tool: ContainerTool): string =>
  tool === "docker" ? "/etc/docker/certs.d" : join(homedir(), ".config/containers/certs.d");

/** Leads docker, which logs in through its engine, to the engine that is used here where it would find none. */
async function engineVariables(tool: ContainerTool): Promise<Record<string, string>> {
  if (tool !== "docker" || process.env.DOCKER_HOST || existsSync("/var/run/docker.sock")) return {};
  const socket = await findContainerEngine();
  return socket ? { DOCKER_HOST: `unix://${socket}` } : {};
}
