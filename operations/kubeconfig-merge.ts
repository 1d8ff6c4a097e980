import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { Document, isMap, isSeq, parse, parseDocument, type YAMLMap, YAMLSeq } from "yaml";
import { z } from "zod";
import { UserError } from "../lib/errors.ts";

export interface Merged {
  path: string;
  /** Name of context, cluster and user. */
  context: string;
  /** False where the file says it already. */
  changed: boolean;
  /** Copy of the file as it was. */
  backup?: string;
}

const lists = ["clusters", "users", "contexts"] as const;

const ownForm = z.object({
  clusters: z.tuple([z.object({ cluster: z.unknown() })]),
  users: z.tuple([z.object({ user: z.unknown() })]),
});

/** Gives the name that an environment's entries have among others: a cluster of another tool may be called `local`, too. */
export const contextName = (environment: string): string => `kpaas-${environment}`;

/**
 * Puts an environment's access into the kubeconfig file that kubectl would change, and makes it the present one. What else the file
 * says stays, comments included. Throws UserError.
 */
export function mergeKubeconfig(environment: string, kubeconfig: string): Merged {
  const own = ownForm.parse(parse(kubeconfig));
  const name = contextName(environment);
  return edit(environment, (file) => {
    put(file, "clusters", { name, cluster: own.clusters[0].cluster });
    put(file, "users", { name, user: own.users[0].user });
    put(file, "contexts", { name, context: { cluster: name, user: name } });
    if (file.get("current-context") !== name) file.set("current-context", name);
  });
}

/** Takes an environment's access out again; works for one that is no more, too. Throws UserError. */
export function removeFromKubeconfig(environment: string): Merged {
  const name = contextName(environment);
  return edit(environment, (file) => {
    for (const list of lists) {
      const entries = file.get(list);
      if (isSeq(entries)) entries.items = entries.items.filter((entry) => nameOf(entry) !== name);
    }
    if (file.get("current-context") === name) file.set("current-context", "");
  });
}

/** Gives the file that kubectl would change: of those that KUBECONFIG lists the first that is there, else the last. */
export function kubeconfigPath(listed = process.env.KUBECONFIG): string {
  const paths = (listed ?? "").split(delimiter).filter(Boolean);
  return paths.find((path) => existsSync(path)) ?? paths.at(-1) ?? join(homedir(), ".kube", "config");
}

function edit(environment: string, change: (file: Document) => void): Merged {
  const given = kubeconfigPath();
  // The file may be a link into a folder of settings, and stays one.
  const path = existsSync(given) ? realpathSync(given) : given;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return locked(path, () => {
    const before = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    const file = read(before ?? "", path);
    const known = JSON.stringify(file.toJS());
    change(file);
    const context = contextName(environment);
    if (JSON.stringify(file.toJS()) === known) return { path, context, changed: false };
    const backup = before === undefined ? undefined : `${path}.before-kpaas`;
    if (backup !== undefined) {
      rmSync(backup, { force: true });
      copyFileSync(path, backup);
    }
    const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
    try {
      writeFileSync(draft, file.toString({ lineWidth: 0, indentSeq: false }), { mode: 0o600 });
      renameSync(draft, path);
    } finally {
      rmSync(draft, { force: true });
    }
    return { path, context, changed: true, backup };
  });
}

/** Locks the file as kubectl does, by another beside it. */
function locked<T>(path: string, work: () => T): T {
  const lock = `${path}.lock`;
  try {
    closeSync(openSync(lock, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new UserError(`another program changes ${path}`, `try again; if none does, remove ${lock}`);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function read(text: string, path: string): Document {
  const file: Document = parseDocument(text);
  const [error] = file.errors;
  if (error) throw unusable(path, error.message);
  if (file.contents === null) return new Document({ apiVersion: "v1", kind: "Config" });
  if (!isMap(file.contents)) throw unusable(path, "it is no mapping");
  for (const list of lists) {
    const entries = file.get(list);
    if (entries !== undefined && entries !== null && !isSeq(entries)) throw unusable(path, `${list} is no list`);
  }
  return file;
}

const unusable = (path: string, reason: string): UserError =>
  new UserError(
    `${path} is no kubeconfig file: ${reason}`,
    "mend it, or name another by KUBECONFIG; it was not changed",
  );

/** Puts an entry in place of the one of its name, or after the others. */
function put(file: Document, list: (typeof lists)[number], entry: Record<string, unknown> & { name: string }): void {
  let entries = file.get(list);
  if (!isSeq(entries)) {
    entries = new YAMLSeq();
    file.set(list, entries);
  }
  const { items } = entries as YAMLSeq;
  if (items.length === 0) (entries as YAMLSeq).flow = false;
  const index = items.findIndex((one) => nameOf(one) === entry.name);
  if (index < 0) items.push(file.createNode(entry));
  else if (JSON.stringify((items[index] as YAMLMap).toJSON()) !== JSON.stringify(entry))
    items[index] = file.createNode(entry);
}

const nameOf = (entry: unknown): unknown => (isMap(entry) ? entry.get("name") : undefined);
