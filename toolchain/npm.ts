import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { UserError } from "../lib/errors.ts";
import { CommandFailed, run } from "../lib/run.ts";

/**
 * Variables that npm may need: where it finds itself, its user's settings, its registry. The passphrase, a cloud's credentials and a
 * forge's tokens are not among them: a package is somebody else's, and so is what it may run.
 */
const passed =
  /^(path|home|user|logname|shell|lang|language|lc_\w+|tz|tmpdir|term|ci|node_auth_token|node_extra_ca_certs|ssl_cert_(file|dir)|(https?|no|all)_proxy|npm_\w+|xdg_\w+)$/i;

/** Gives the environment for npm: of this process's without its secrets. */
export const npmEnvironment = (variables: NodeJS.ProcessEnv = process.env): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => passed.test(entry[0]) && entry[1] !== undefined,
    ),
  );

/** Runs npm, which runs no script of a package's, and sees no secret. Throws UserError. */
export async function npm(words: readonly string[], cwd: string, remedy?: string): Promise<string> {
  try {
    const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    return await run("npm", [...words, ...quietly], { cwd, environment: npmEnvironment() });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(
      `npm packages could not be fetched: ${error.message}`,
      remedy ?? "behind a proxy or mirror, check the output of: npm config get registry",
    );
  }
}

export interface NamedPackage {
  name: string;
  version: string;
  /** Says what the package must be, as locks do: an algorithm and a digest in Base64, or several. */
  integrity: string;
}

/** Fetches packages by npm, which knows the user's registry, login and proxy; gives file names by name and version. */
export async function packAll(
  packages: readonly NamedPackage[],
  folder: string,
  options: readonly string[] = [],
  remedy?: string,
): Promise<Map<string, string>> {
  const wanted = packages.map(({ name, version }) => `${name}@${version}`);
  const said = await npm(["pack", "--json", "--pack-destination", folder, ...options, ...wanted], folder, remedy);
  const packed: { name: string; version: string; filename: string }[] = JSON.parse(said);
  return new Map(
    packed.map(({ name, version, filename }) => [`${name}@${version}`, filename.replace(/^@|\//g, dashOf)]),
  );
}

/** Names a scoped package's file as it is on the disk: some versions of npm tell another name. */
const dashOf = (part: string): string => (part === "/" ? "-" : "");

/** Refuses a package's file that is not what the lock states, whoever served it. Throws UserError. */
export async function checkIntegrity({ name, version, integrity }: NamedPackage, file: string): Promise<void> {
  const content = await readFile(file);
  const [algorithm = ""] = integrity.split("-");
  const actual = `${algorithm}-${createHash(algorithm).update(content).digest("base64")}`;
  if (integrity.split(/\s+/).includes(actual)) return;
  throw new UserError(
    `the npm package ${name} ${version} is ${actual}, and the lock states ${integrity}`,
    "check the proxy or mirror between here and the npm registry, then try again",
  );
}
