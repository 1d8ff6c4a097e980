import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../lib/run.ts";

export const isLicenceFile = (name: string): boolean => /^(licen[cs]e|copying|unlicense)([.-]|$)/i.test(name);

/** Phrases by which a licence's text is known, with its SPDX identifier; the first that is found. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/Apache License\s+Version 2\.0/i, "Apache-2.0"],
  [/Mozilla Public License,? Version 2\.0/i, "MPL-2.0"],
  [/Permission is hereby granted, free of charge/i, "MIT"],
  [/Permission to use, copy, modify, and(?:\/or)? distribute this software/i, "ISC"],
  [/Redistribution and use in source and binary forms[\s\S]*Neither the name/i, "BSD-3-Clause"],
  [/Redistribution and use in source and binary forms/i, "BSD-2-Clause"],
];

/** Tells a licence by its text; undefined where it is none of the common ones. */
export const licenceOf = (text: string): string | undefined => phrases.find(([phrase]) => phrase.test(text))?.[1];

/** A Go module that a program was built of. */
export interface GoModule {
  name: string;
  version: string;
  licence?: string;
  licenceText?: string;
}

/** Reads what `go version -m` says of programs: each module with its version, once; replaced ones by what replaces them. */
export function modulesIn(said: string): { name: string; version: string }[] {
  const modules = new Map<string, { name: string; version: string }>();
  let last: { name: string; version: string } | undefined;
  const add = (one: { name: string; version: string }) => modules.set(`${one.name}@${one.version}`, one);
  for (const line of said.split("\n")) {
    const [, kind, name, version] = /^\t(dep|=>)\t(\S+)\t(v\S+)/.exec(line) ?? [];
    if (!kind || !name || !version) continue;
    if (kind === "=>" && last) modules.delete(`${last.name}@${last.version}`);
    last = { name, version };
    add(last);
  }
  return [...modules.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Lists the Go modules of programs with their licences; undefined where there is no Go, which alone tells them. */
export async function goModules(programs: readonly string[]): Promise<GoModule[] | undefined> {
  let cache: string;
  let said: string;
  try {
    cache = (await run("go", ["env", "GOMODCACHE"])).trim();
    said = await run("go", ["version", "-m", ...programs]);
  } catch {
    return undefined;
  }
  return Promise.all(
    modulesIn(said).map(async ({ name, version }) => {
      const licenceText = await licenceBelow(join(cache, `${escaped(name)}@${escaped(version)}`));
      return { name, version, licence: licenceText && licenceOf(licenceText), licenceText };
    }),
  );
}

/** Names a module as Go's cache does, which is to work where names differ in case alone. */
const escaped = (name: string): string => name.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);

async function licenceBelow(folder: string): Promise<string | undefined> {
  if (!existsSync(folder)) return undefined;
  const name = (await readdir(folder)).sort().find(isLicenceFile);
  return name === undefined ? undefined : readFile(join(folder, name), "utf8").catch(() => undefined);
}
