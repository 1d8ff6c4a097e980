import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../../lib/errors.ts";
import type { RegistryClient } from "../../lib/registry-client.ts";
import { nearest } from "../../lib/suggest.ts";
import { note, print, printJson, table } from "../../lib/terminal.ts";
import { loadDeployed } from "../../operations/access/machines.ts";
import { type PlatformOutputs, readOutputs } from "../../operations/access/outputs.ts";
import { notUp } from "../../operations/engine/workspace.ts";
import { requireEnvironment } from "../../operations/environments.ts";
import { platformRegistryClient, pushAccess, pushingRegistryClient } from "../../operations/registry/client.ts";
import { commonOptions, defineCommand, jsonOption } from "../command.ts";

const actions = ["login", "open", "push", "list"] as const;

/** Port of this machine's loopback at which `open` listens where none is told. */
const openPort = 5001;

export const registry = defineCommand({
  details: `login                 has docker or podman log in, by its own login, to pull
open                  opens a way to push by docker or podman themselves, until it is ended: at this machine's loopback, over the
                      installer's own connection, as nobody can push in any other way; has the tool log in there
push IMAGE[:TAG]      puts an image of this machine's container engine into the registry
                      from --archive FILE where given, which docker save, podman save or an OCI tool wrote
list                  shows repositories and their tags

A registry's name before IMAGE is left out: docker.io/library/nginx:1.27 becomes library/nginx:1.27, which nodes with
registry.mirrorUpstream find by its old name. Pods name any other registry.<domain>:5000/IMAGE:TAG; nodes have the login.`,
  options: {
    archive: {
      type: "string",
      placeholder: "FILE",
      description: "archive to push from, of any size; - is standard input",
    },
    as: { type: "string", placeholder: "NAME[:TAG]", description: "push under this name" },
    tool: {
      type: "string",
      placeholder: "TOOL",
      description: "log in with docker or podman; the first of them that is installed",
    },
    port: { type: "string", placeholder: "PORT", description: `port of 127.0.0.1 for open; ${openPort}, 0 is any` },
    ...jsonOption,
    ...commonOptions,
  },
  maxPositionals: 3,
  async run({ positionals: [given, environment, image], values: { archive, as, tool, port, json, file } }) {
    const action = actionOf(given);
    const name = requireEnvironment(environment, `registry ${action}`);
    if (action !== "push" && (image ?? archive ?? as) !== undefined)
      throw new UserError(`registry ${action} takes no image`, "./kpaas registry --help");
    if (action === "push" && image === undefined)
      throw new UserError("push which image?", `./kpaas registry push ${name} team/hello:1`);
    if (port !== undefined && (action !== "open" || !/^\d{1,5}$/.test(port) || Number(port) > 65535))
      throw new UserError(`--port: ${port} is no port for registry ${action}`, "./kpaas registry --help");
    if (archive !== undefined && archive !== "-" && !existsSync(archive))
      throw new UserError(`--archive: ${resolve(archive)} does not exist`, "docker save --output FILE IMAGE makes one");
    const outputs = await readOutputs(name);
    const { registry: access } = outputs;
    if (access === undefined) throw notUp(name);
    if (action === "login") return login(name, access, file, tool);
    if (action === "open") return open(name, outputs, { file, tool, port: Number(port ?? openPort) });
    const client = action === "list" ? platformRegistryClient(access) : pushingRegistryClient(outputs);
    try {
      if (action === "list") await list(client, name, access, json);
      else await push(client, name, access, { image, archive, as, json });
    } finally {
      client.close();
    }
    return 0;
  },
});

type Access = PlatformOutputs["registry"];

function actionOf(given: string | undefined): (typeof actions)[number] {
  const action = actions.find((one) => one === given);
  if (action) return action;
  const meant = nearest(given ?? "", actions);
  throw new UserError(
    given === undefined ? "registry does what?" : `registry cannot ${given}`,
    meant ? `did you mean: ./kpaas registry ${meant}` : `./kpaas registry ${actions.join("|")} ENVIRONMENT`,
  );
}

async function login(
  name: string,
  access: Access,
  file: string | undefined,
  given: string | undefined,
): Promise<number> {
  const [{ environment }, { logIn }] = await Promise.all([
    loadDeployed(name, file),
    import("../../operations/registry/login.ts"),
  ]);
  const { tool, address } = await logIn(environment, access, given);
  note(`${tool} is logged in at ${address}`);
  note(`next: ${tool} pull ${address}/IMAGE; it pushes through ./kpaas registry open ${name}`);
  return 0;
}

async function open(
  name: string,
  outputs: Partial<PlatformOutputs>,
  { file, tool: given, port }: { file?: string; tool?: string; port: number },
): Promise<number> {
  const { access, connection } = pushAccess(outputs);
  const [{ environment }, { installedTools, logIn }, { openRegistry }] = await Promise.all([
    loadDeployed(name, file),
    import("../../operations/registry/login.ts"),
    import("../../operations/registry/open.ts"),
  ]);
  const onFailure = (reason: string) => note(`the registry's machine was not reached: ${reason}`);
  const opened = await openRegistry({ connection, port, onFailure });
  const ended = endSignal();
  try {
    const { address } = opened;
    note(`the registry takes images at ${address} until this ends (Ctrl-C)`);
    if (given === undefined && installedTools().length === 0)
      note(`next: log your tool in there as ${access.user}; pods name IMAGE ${access.name}/IMAGE`);
    else {
      const { tool } = await logIn(environment, { ...access, endpoint: address }, given);
      note(
        `next: ${tool} tag IMAGE ${address}/IMAGE && ${tool} push ${address}/IMAGE; pods name it ${access.name}/IMAGE`,
      );
    }
    await ended;
  } finally {
    await opened.close();
  }
  return 0;
}

/** Resolves when this process is told to end. */
const endSignal = (): Promise<unknown> =>
  Promise.race((["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => once(process, signal)));

async function list(client: RegistryClient, name: string, access: Access, json = false): Promise<void> {
  const repositories = await client.repositories();
  const found: { name: string; tags: string[] }[] = [];
  // A few at a time: the machine may be small.
  for (let first = 0; first < repositories.length; first += 8)
    found.push(
      ...(await Promise.all(
        repositories.slice(first, first + 8).map(async (one) => ({ name: one, tags: await client.tags(one) })),
      )),
    );
  if (json) await printJson({ environment: name, registry: access.name, repositories: found });
  else await print(table([["REPOSITORY", "TAGS"], ...found.map((one) => [one.name, one.tags.join(", ") || "none"])]));
}

async function push(
  client: RegistryClient,
  name: string,
  access: Access,
  { image = "", archive, as, json }: { image?: string; archive?: string; as?: string; json?: boolean },
): Promise<void> {
  const { pushArchive } = await import("../../operations/registry/push.ts");
  const source = archive === undefined ? await fromEngine(image) : fromFile(archive);
  const { repository, tag, digest } = await pushArchive(client, { archive: source, image, as }, note);
  const reference = `${access.name}/${repository}:${tag}`;
  if (json) await printJson({ environment: name, image: reference, repository, tag, digest });
  else await print(`pushed ${reference}\n${digest}`);
}

const fromFile = (archive: string) => (archive === "-" ? process.stdin : createReadStream(archive));

async function fromEngine(image: string) {
  const { engineImage } = await import("../../operations/registry/engine-image.ts");
  return engineImage(image);
}
