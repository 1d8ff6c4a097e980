import type { BoshCommand, BoshInputs } from "../../bosh/index.ts";
import { commandLine, shellWord } from "../../lib/shell.ts";

/** Gives contents by path below /etc/kpaas/secrets, as the jump host's first boot and `kpaas-bosh` expect them. */
export function jumphostSecretFiles({ files, cli, upstream, commands, deletion, director }: BoshInputs) {
  const { fromCredentials, ...login } = director;
  const variables = {
    ...login,
    client_secret_path: fromCredentials.BOSH_CLIENT_SECRET,
    ca_cert_path: fromCredentials.BOSH_CA_CERT,
  };
  const contents: Record<string, string> = {
    cli: lines([`${cli.url} ${cli.sha256}`]),
    upstream: lines(upstream.archives.map(({ folder, url }) => `${folder} ${url}`)),
    "upstream.sha256": lines(upstream.files.map(({ path, sha256 }) => `${sha256}  ${path}`)),
    "director.env": lines(Object.entries(variables).map(([name, value]) => `${name}=${shellWord(value)}`)),
    deploy: commandLines(commands),
    delete: commandLines(deletion),
    ...Object.fromEntries(files.map(({ path, content }) => [`files/${path}`, content])),
  };
  return Object.fromEntries(Object.entries(contents).map(([path, content]) => [`bosh/${path}`, content]));
}

const lines = (all: string[]): string => all.map((line) => `${line}\n`).join("");

/** Renders commands, a line each: a name, a tab, the words as a shell reads them. */
const commandLines = (commands: BoshCommand[]): string =>
  lines(commands.map(({ name, argv }) => `${name}\t${commandLine(argv)}`));
