import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../lib/errors.ts";
import { cloneUrl } from "../lib/package-file.ts";
import { repository } from "../lib/repository.ts";
import { exampleStacks, folderMarker, isInClone } from "./stacks-folder.ts";

/** Path of the CI template in the folder, by forge. */
const pipelineFiles = { github: ".github/workflows/kpaas.yml", gitlab: ".gitlab-ci.yml" } as const;

export type ForgeName = keyof typeof pipelineFiles;

export const forgeNames = Object.keys(pipelineFiles) as ForgeName[];

/** The way from a folder of environments to the installer's clone: a symbolic link, or the clone itself. */
export const installerLink = ".installer";

/**
 * Makes a folder of environments at `path`, which must be new, empty, or hold nothing but `.git` and the installer. Gives the
 * files' names.
 * Throws UserError, and then has written nothing.
 */
export function makeEnvironmentsFolder(path: string, forge?: ForgeName): string[] {
  const folder = resolve(path);
  refuseUnfit(folder);
  const files = folderFiles(forge);
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  chmodSync(join(folder, "kpaas"), 0o755);
  if (existsSync(join(folder, installerLink))) return Object.keys(files);
  symlinkSync(repository, join(folder, installerLink));
  return [...Object.keys(files), installerLink];
}

function refuseUnfit(folder: string): void {
  if (isInClone(folder))
    throw new UserError(
      `${folder} lies in the installer's clone, which \`git pull\` updates`,
      "name a folder outside the clone: ./kpaas init ../environments",
    );
  const found = statSync(folder, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isDirectory()) throw new UserError(`${folder} is not a folder`, "name a new or an empty folder");
  const entries = readdirSync(folder).filter((entry) => entry !== ".git" && entry !== installerLink);
  if (entries.length === 0) return;
  if (existsSync(join(folder, folderMarker)))
    throw new UserError(
      `${folder} is a folder of environments already; nothing was changed`,
      `./kpaas plan --all --stacks ${folder}; to add a pipeline, copy one: ${Object.entries(pipelineFiles)
        .map(([forge, file]) => `${installerLink}/ci/${forge}/kpaas.yml to ${file}`)
        .join(", ")}`,
    );
  throw new UserError(
    `${folder} is not empty (it has ${entries.slice(0, 3).join(", ")}${entries.length > 3 ? ", ..." : ""}); nothing was changed`,
    "name a new or an empty folder",
  );
}

/** Gives the text of every file of a new folder, by its name. */
export function folderFiles(forge?: ForgeName): Record<string, string> {
  return {
    "Pulumi.local.yaml": exampleEnvironment(),
    ".gitignore": ignored,
    [folderMarker]: "Marks this folder for ./kpaas, which reads the environment files here.\n",
    kpaas: starter(),
    "README.md": readme(forge),
    ...(forge ? { [pipelineFiles[forge]]: readFileSync(join(repository, "ci", forge, "kpaas.yml"), "utf8") } : {}),
  };
}

/** Gives the clone's example; its schema is found through the link. */
function exampleEnvironment(): string {
  const text = readFileSync(join(exampleStacks, "Pulumi.local.yaml"), "utf8");
  return text.replace("$schema=../config/", `$schema=${installerLink}/config/`);
}

const ignored = `# The installer's clone, or a link to it
/${installerLink}
# Plain Pulumi's project, with paths of one machine: ./kpaas env writes it
/Pulumi.yaml
# What commands write
/.kpaas-cache
/kubeconfig*
/*.html
/plan.md
/preview.md
/drift.md
/before.yaml
/reports
*.log
`;

/** Finds the installer, so that \`./kpaas\` works here as messages and documentation have it. */
const starter = (): string => `#!/bin/sh
# Starts the installer on the environments of this folder, from any working directory.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
installer=\${KPAAS_INSTALLER:-$here/${installerLink}}
if [ ! -x "$installer/kpaas" ]; then
  echo "error: the installer is not at $installer" >&2
  echo "next: git clone ${cloneUrl()} $here/${installerLink}   (or: ln -s CLONE $here/${installerLink})" >&2
  exit 2
fi
export KPAAS_STACKS_DIR="\${KPAAS_STACKS_DIR:-$here}"
exec "$installer/kpaas" "$@"
`;

const readme = (forge?: ForgeName): string => `# Environments

K-PaaS platforms as code: each \`Pulumi.<environment>.yaml\` is one. Keep this folder in a repository of your own. The installer
itself is not in it: \`${installerLink}\` leads to its clone, and \`./kpaas\` starts it.

\`\`\`sh
git clone ${cloneUrl()} ${installerLink}   # once on each machine; or: ln -s CLONE ${installerLink}
./kpaas plan --all                        # a line for every environment
./kpaas plan local                        # machines, ports, cost, policies: nothing is created
./kpaas up local
git -C ${installerLink} pull                     # updates the installer
\`\`\`

A new environment is a copy of an example, such as \`${installerLink}/stacks/Pulumi.aws-dev.yaml\`; let its first line name
\`${installerLink}/config/environment.schema.json\`, and your editor checks it. All settings: \`${installerLink}/docs/settings.md\`.
Give every environment a name of its own: its state goes by the name, not by the folder.

Never commit credentials, kubeconfigs or a passphrase. They belong into the clouds' own files and the pipeline's secrets.
${forge ? pipelineReadme(forge) : ""}`;

const pipelineReadme = (forge: ForgeName): string => `
## Pipeline

\`${pipelineFiles[forge]}\` is the installer's template: put your environments' names in the place of \`aws-dev\` and \`aws-operation\`, and set
what \`${installerLink}/docs/ci.md\` lists. Name a release of the installer there, so that an update of it is a change that you review.
`;
