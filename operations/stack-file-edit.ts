import { isDeepStrictEqual } from "node:util";
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parse, parseDocument, type YAMLMap } from "yaml";
import { UserError } from "../lib/errors.ts";

/** A setting of a stack file and what it is to be. */
export interface FileEdit {
  /** Keys and indexes from the file's root on. */
  path: readonly (string | number)[];
  /** Left out: the setting goes from the file. */
  value?: FileValue;
}

/** Text, a number, or maps and lists of them. */
export type FileValue = string | number | FileValue[] | { [key: string]: FileValue };

/**
 * Gives a file's text with some settings changed, added or taken out, and every other character as it was. Throws UserError where the file is
 * written in a way that only its author can edit.
 */
export function edited(text: string, edits: readonly FileEdit[]): string {
  const after = edits.reduce(editedOnce, text);
  if (!isDeepStrictEqual(parse(after), edits.reduce(withValue, parse(text) ?? {}))) throw byHand(edits);
  return after;
}

function byHand(edits: readonly FileEdit[]): UserError {
  const settings = edits
    .map(({ path, value }) => `${path.join(".")}${value === undefined ? " taken out" : `: ${inYaml(value)}`}`)
    .join(", ");
  return new UserError(
    "the file is written in a way that cannot be edited without rewriting it (aliases, merges)",
    `set by hand, then ./kpaas up: ${settings}`,
  );
}

/** Makes one edit: a value in its place, else a key in the nearest map that is there. */
function editedOnce(text: string, { path, value }: FileEdit): string {
  if (value === undefined) return without(text, path);
  const document = parseDocument(text);
  let node = document.contents as Node | null;
  for (const [depth, key] of path.entries()) {
    const child: Node | null | undefined = isMap(node)
      ? pairOf(node, key)?.value
      : isSeq(node)
        ? (node.items[Number(key)] as Node | undefined)
        : undefined;
    const rest = path.slice(depth + 1).reduceRight<FileValue>((inner, key) => ({ [key]: inner }), value);
    if (isEmpty(child) && isMap(node)) {
      const pair = pairOf(node, key);
      return pair ? filled(text, pair, rest) : added(text, node, String(key), rest);
    }
    if (!child || isAlias(child)) return text;
    node = child;
  }
  return isScalar(node) ? replaced(text, node, value) : text;
}

/** Takes a key out of its map, with the line that it has for itself and the comment behind it. */
function without(text: string, path: FileEdit["path"]): string {
  const map = parseDocument(text).getIn(path.slice(0, -1));
  const pair = isMap(map) ? pairOf(map, path.at(-1) as string) : undefined;
  if (!isMap(map) || !pair) return text;
  const pairs = map.items as MapPair[];
  const index = pairs.indexOf(pair);
  const [before, after] = [pairs[index - 1], pairs[index + 1]];
  const startOf = ({ key }: MapPair) => (key.range as [number, number, number])[0];
  const endOf = ({ key, value }: MapPair) => ((value?.range ?? key.range) as [number, number, number])[1];
  if (map.flow) {
    if (!before && !after) return `${text.slice(0, map.range?.[0])}{}${text.slice(map.range?.[1])}`;
    if (before) return text.slice(0, endOf(before)) + text.slice(endOf(pair));
    return text.slice(0, startOf(pair)) + text.slice(startOf(after as MapPair));
  }
  const lineStart = (at: number) => text.lastIndexOf("\n", at - 1) + 1;
  const lineEnd = (at: number) => (text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at));
  const lastCharacter = text.slice(0, endOf(pair)).trimEnd().length;
  if (!before && !after) return `${text.slice(0, startOf(pair))}{}${text.slice(lastCharacter)}`;
  // The first key of a list's entry stands behind its dash, where the next one follows it.
  if (!before && after && text.slice(lineStart(startOf(pair)), startOf(pair)).trim() !== "")
    return text.slice(0, startOf(pair)) + text.slice(startOf(after));
  const from = lineStart(startOf(pair));
  return text.slice(0, from) + text.slice(Math.min(text.length, lineEnd(lastCharacter) + 1));
}

type MapPair = Pair<Node, Node | null>;

const pairOf = (map: YAMLMap, key: string | number): MapPair | undefined =>
  (map.items as MapPair[]).find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));

/** Tells whether nothing is there: no node, or one that has no text. */
const isEmpty = (node: Node | null | undefined): boolean =>
  !node || (isScalar(node) && node.value === null && node.source === "");

function replaced(text: string, node: Node, value: FileValue): string {
  const [start, end] = node.range as [number, number, number];
  return text.slice(0, start) + inYaml(value) + text.slice(end);
}

/** Gives a key its value that has none. */
function filled(text: string, { key }: MapPair, value: FileValue): string {
  const colon = text.indexOf(":", key.range?.[1]) + 1;
  return `${text.slice(0, colon)} ${inYaml(value)}${text.slice(colon)}`;
}

/** Adds a key at the end of a map. */
function added(text: string, map: YAMLMap, key: string, value: FileValue): string {
  const entry = `${key}: ${inYaml(value)}`;
  const last = map.items.at(-1) as MapPair | undefined;
  const [start] = map.range as [number, number, number];
  if (!last) return `${text.slice(0, start)}{ ${entry} }${text.slice(map.range?.[1])}`;
  const end = (last.value?.range ?? last.key.range)?.[1] as number;
  if (map.flow) return `${text.slice(0, end)}, ${entry}${text.slice(end)}`;
  const column = start - (text.lastIndexOf("\n", start - 1) + 1);
  // A nested value may end with its last line's end; comments behind the value stay beside it.
  const lastCharacter = text.slice(0, end).trimEnd().length;
  const lineEnd = text.indexOf("\n", lastCharacter);
  const at = lineEnd < 0 ? text.length : lineEnd;
  return `${text.slice(0, at)}\n${" ".repeat(column)}${entry}${text.slice(at)}`;
}

/** Writes a value in one line. */
function inYaml(value: FileValue): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (typeof value === "object")
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${inYaml(inner)}`)
      .join(", ")} }`;
  const plain = String(value);
  return parse(plain) === value ? plain : JSON.stringify(value);
}

/** Makes the same edit in the parsed file. */
function withValue(tree: unknown, { path, value }: FileEdit): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy: Record<string | number, unknown> | unknown[] = Array.isArray(tree) ? [...tree] : { ...(tree as object) };
  if (value === undefined && rest.length === 0) {
    delete (copy as Record<string | number, unknown>)[key];
    return copy;
  }
  (copy as Record<string | number, unknown>)[key] = withValue((copy as Record<string | number, unknown>)[key], {
    path: rest,
    value,
  });
  return copy;
}
