import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BootFile } from "./facts.ts";

const folder = join(import.meta.dirname, "scripts");

/** Makes one executable of scripts, in this order; each one's own first line is left out but the first's. */
export function scriptFile(path: string, scripts: readonly string[]): BootFile {
  const [first = "", ...others] = scripts.map((name) => readFileSync(join(folder, name), "utf8"));
  const content = [first, ...others.map((text) => text.replace(/^#!.*\n/, ""))].join("");
  return { path, content, permissions: "0755" };
}
